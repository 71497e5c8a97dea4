import DefaultTheme from 'vitepress/theme';
import { Diagram } from './diagram.js';
import './style.css';

export default {
  extends: DefaultTheme,
  /** @param {import('vitepress').EnhanceAppContext} context */
  enhanceApp({ app }) {
    app.component('Diagram', Diagram);
  },
};
