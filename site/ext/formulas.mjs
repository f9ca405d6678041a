// TeX to MathML: reads [[tex, display], ...] as JSON, writes the list of their MathML.
import { readFileSync } from "node:fs";
import temml from "temml";

const formulas = JSON.parse(readFileSync(0, "utf8"));
const rendered = formulas.map(([tex, displayMode]) => {
  try {
    // A formula in a line may break after a relation or an operator.
    return temml.renderToString(tex, { displayMode, wrap: displayMode ? "none" : "tex", throwOnError: true });
  } catch (error) {
    console.error(`no MathML for ${tex}: ${error.message}`);
    process.exit(1);
  }
});
process.stdout.write(JSON.stringify(rendered));
