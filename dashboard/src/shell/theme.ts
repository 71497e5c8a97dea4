const THEME = 'rxserf.theme';
const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export function currentTheme(): Theme {
  return THEMES.find((theme) => theme === localStorage.getItem(THEME)) ?? 'system';
}

/** Shows the theme that was chosen here before; the system's without one. */
export function applyTheme(theme = currentTheme()): Theme {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  localStorage.setItem(THEME, theme);
  return theme;
}

export function nextTheme(theme: Theme): Theme {
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
}
