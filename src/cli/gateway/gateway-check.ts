import type { GatewayOptions } from '../../gateway/options.ts';

/** What a gateway of these options takes, and what a proxy in front has to send, as lines to read. */
export function checkLines(options: Omit<GatewayOptions, 'drain' | 'tlsReload'>): string[] {
  const {
    host = '127.0.0.1',
    port = 7380,
    publicUrl,
    origins,
    trustProxy = [],
    path = '/serf',
    cookie,
  } = options;
  const urls = [publicUrl ?? []].flat();
  const secure = options.tls !== undefined;
  const own = `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const list = (values: readonly string[], none: string) => (values.length > 0 ? values.join(', ') : none);
  return [
    `listens on    ${own}`,
    `WebSockets    ${[own, ...urls].map((url) => url.replace(/^http/, 'ws').replace(/\/$/, '') + path).join(', ')}`,
    `pages of      ${list([...urls.map((url) => new URL(url).origin), ...(Array.isArray(origins) ? origins : [])], `${own} only (set publicUrl where a proxy is in front)`)}`,
    `credentials   in band (auth)${cookie === undefined ? '' : `, in the cookie ${cookie}`}, or as a Bearer header`,
    `without one   ${options.anonymous ? `pages are ${options.anonymous.role}` : 'nobody'}`,
    `roles         ${Object.keys(options.roles ?? {}).join(', ')}`,
    '',
    ...(urls.length === 0
      ? [
          'No publicUrl: behind a proxy, its pages would be refused (403), as their Origin is not this gateway.',
        ]
      : proxyLines(own, urls[0] as string, path, trustProxy)),
  ];
}

function proxyLines(own: string, url: string, path: string, trustProxy: readonly string[]): string[] {
  const { hostname, pathname } = new URL(url);
  const base = pathname.replace(/\/$/, '');
  return [
    'A proxy in front must pass on Origin as it came, and send:',
    `  Host: ${hostname} (or any name of loopback)`,
    '  Connection: upgrade and Upgrade: websocket, over HTTP/1.1',
    `  X-Forwarded-For: the client's address; believed of ${trustProxy.length > 0 ? trustProxy.join(', ') : 'nobody: without trustProxy, everybody is the proxy and shares its places'}`,
    '  nothing else; and wait longer than 25 s for a silent WebSocket (nginx: 60 s is enough).',
    '',
    'nginx:',
    `  location ${base}/ {`,
    `    proxy_pass ${own}/;`,
    '    proxy_http_version 1.1;',
    '    proxy_set_header Host $host;',
    '    proxy_set_header Upgrade $http_upgrade;',
    '    proxy_set_header Connection "upgrade";',
    '    proxy_set_header X-Forwarded-For $remote_addr;',
    '  }',
    '',
    'Caddy:',
    base === '' ? `  reverse_proxy ${own}` : `  handle_path ${base}/* {\n    reverse_proxy ${own}\n  }`,
    '',
    `Try it: curl -i -H 'Origin: ${new URL(url).origin}' -H 'Connection: upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==' ${url.replace(/\/$/, '')}${path}`,
  ];
}
