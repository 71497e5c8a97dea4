/** What an application's own function throws. */
export const bug = new Error('in the application');
export const throws = () => {
  throw bug;
};
