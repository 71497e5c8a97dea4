/** The token of an `Authorization: Bearer` header. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization ?? '')?.[1];
}

/**
 * The value of one cookie. None where the name is there twice: one of the two may be another site's, and no header says which.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-5.4
 */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  const values = (header ?? '').split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at > 0 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
  const [value] = values;
  return values.length === 1 && value !== '' ? value?.replace(/^"(.*)"$/, '$1') : undefined;
}
