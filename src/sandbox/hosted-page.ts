/** A page of a sandbox, on which somebody decides what a person or a bank would. */
export function hostedPage(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escapeHtml(title)}</title>
    <style>
      :root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
      body { margin: 0; min-height: 100vh; display: grid; place-items: center;
        background: light-dark(#f2f4f8, #14161b); color: light-dark(#1b1f27, #e9ecf2); }
      main { box-sizing: border-box; width: min(26rem, 100vw - 2rem); padding: 2rem;
        border-radius: 1rem; background: light-dark(#fff, #1f232b);
        box-shadow: 0 1rem 3rem rgb(0 0 0 / 12%); }
      h1 { margin: 0; font-size: 1.1rem; font-weight: 600; }
      .headline { margin: .5rem 0; font-size: 1.8rem; font-weight: 700; overflow-wrap: anywhere; }
      button { box-sizing: border-box; width: 100%; margin-top: .75rem; padding: .8rem;
        border: 2px solid #3b5bdb; border-radius: .6rem; font: inherit; font-weight: 600;
        cursor: pointer; }
      .primary { background: #3b5bdb; color: #fff; }
      .secondary { background: transparent; color: inherit; }
      button:focus-visible { outline: 3px solid #f08c00; outline-offset: 2px; }
      .note { margin: 1.5rem 0 0; font-size: .8rem; opacity: .8; overflow-wrap: anywhere; }
    </style>
  </head>
  <body>
    <main>
      <h1>${escapeHtml(title)}</h1>
      ${content}
    </main>
  </body>
</html>
`;
}

/** A page with nothing but something to say. */
export function messagePage(title: string, message: string): string {
  return hostedPage(title, `<p>${escapeHtml(message)}</p>`);
}

/** One way to decide: a button that sends `result` to `action`. */
export function choice(
  action: string,
  result: string,
  { label, look }: { label: string; look: 'primary' | 'secondary' },
): string {
  return `
      <form method="post" action="${escapeHtml(action)}">
        <input type="hidden" name="result" value="${result}">
        <button type="submit" class="${look}">${label}</button>
      </form>`;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
