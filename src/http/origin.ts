/**
 * An origin as browsers compare them: scheme, host and port, the port left out where it is the scheme's own. Also of apps
 * (`capacitor://localhost`), for which `URL` has no origin. `undefined` where it is none: `null`, a list, a URL with a path.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6454#section-6.2
 */
export function parseOrigin(text: string): string | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return undefined;
  }
  const extra = url.username + url.password + url.search + url.hash + url.pathname.replace(/^\/$/, '');
  if (extra !== '' || url.host === '' || /[\s,]/.test(text)) return undefined;
  return url.origin === 'null' ? `${url.protocol}//${url.host.toLowerCase()}` : url.origin;
}
