import { useData } from 'vitepress';
import { defineComponent, h, onMounted, ref, watch } from 'vue';

/** A diagram in Mermaid. Drawn by the page, as Mermaid measures its texts; until then, and without scripts, its source is there. */
export const Diagram = defineComponent({
  props: { id: { type: String, required: true }, source: { type: String, required: true } },
  setup({ id, source }, { slots }) {
    const { isDark } = useData();
    const svg = ref('');
    const draw = async () => {
      const { default: mermaid } = await import('mermaid');
      mermaid.initialize({
        startOnLoad: false,
        securityLevel: 'strict',
        theme: isDark.value ? 'dark' : 'neutral',
        themeVariables: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: '13px' },
      });
      svg.value = (await mermaid.render(id, decodeURIComponent(source))).svg;
    };
    onMounted(draw);
    watch(isDark, draw);
    return () =>
      svg.value ? h('div', { class: 'diagram', tabindex: 0, innerHTML: svg.value }) : slots.default?.();
  },
});
