// TeX to HTML: reads [[tex, display], ...] as JSON, writes { formulas, styles }.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const MathJax = await createRequire(import.meta.url)("mathjax").init({
  loader: { load: ["input/tex", "output/chtml", "a11y/assistive-mml"] },
  tex: { tags: "none", packages: { "[-]": ["noundefined"] }, formatError: (_, error) => { throw error; } },
  chtml: { fontURL: "mathjax" },
  startup: { typeset: false },
});
const adaptor = MathJax.startup.adaptor;
const formulas = JSON.parse(readFileSync(0, "utf8")).map(([tex, display]) => {
  try {
    return adaptor.outerHTML(MathJax.tex2chtml(tex, { display }));
  } catch (error) {
    console.error(`no formula: ${tex}: ${error.message}`);
    process.exit(1);
  }
});
process.stdout.write(JSON.stringify({ formulas, styles: adaptor.textContent(MathJax.chtmlStylesheet()) }));
