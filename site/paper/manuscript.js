// Makes one manuscript of the site's pages, in Chromium: scripts/paper.py calls these functions,
// then prints the document (PDF) or takes its sections as XHTML (EPUB).

const SVG = "svg.lc-picture";
const COLORED = ["k", "s", "c", "m"].map((kind) => `[class^="${kind}"]`).join(); // of code

// What a reader of paper cannot use: links to headings, folds, scripts, the code that draws.
function strip(article) {
  const useless = ["script", ".headerlink", ".toctree-wrapper", ".sd-summary-state-marker"];
  article.querySelectorAll(useless.join()).forEach((node) => node.remove());
  for (const fold of article.querySelectorAll("details.hide")) {
    const label = fold.querySelector("summary .collapsed").textContent;
    if (label === "Show the code") fold.remove();
    else unfold(fold, label.replace("Show the s", "S"));
  }
  for (const token of article.querySelectorAll(`pre span:not(${COLORED})`)) {
    token.replaceWith(...token.childNodes);
  }
  article.querySelectorAll("pre").forEach((code) => code.normalize());
  for (const cell of article.querySelectorAll("div.cell")) {
    if (!cell.textContent.trim()) cell.remove();
  }
}

// A box with the title that opens it on the site.
function unfold(details, title) {
  const box = element("div", "admonition fold");
  box.append(element("p", "admonition-title", title));
  details.querySelector("summary").remove();
  box.append(...details.childNodes);
  details.replaceWith(box);
}

function element(name, classes, ...content) {
  const made = document.createElement(name);
  if (classes) made.className = classes;
  made.append(...content);
  return made;
}

// Lettered options, and what is said of each at the end of the quiz.
function quiz(section) {
  const first = section.querySelector("p");
  first.textContent = "The answers stand below; each says why.";
  const answers = element("div", "answers", element("p", "", element("strong", "", "Answers")));
  let question, options, last;
  for (const node of [...section.children]) {
    const number = node.querySelector?.("strong")?.textContent.match(/^(\d+)\./);
    if (node.tagName === "P" && number) {
      question = number[1];
      options = element("ol", "options");
      options.setAttribute("type", "a");
      node.after(options);
    } else if (node.tagName === "DETAILS") {
      const summary = node.querySelector("summary");
      summary.remove();
      options.append(element("li", "", ...summary.childNodes));
      const letter = String.fromCharCode(96 + options.children.length);
      node.querySelector("p").prepend(element("strong", "", `${question}${letter}`), " ");
      answers.append(...node.children);
      node.remove();
      last = options;
    }
  }
  last.after(answers);
}

// A live figure is the picture of its first setting, and a line says what moves where it lives.
function still(figure, address) {
  const { spec } = JSON.parse(figure.querySelector("script").textContent);
  const moves = spec.controls.map((control) => control.label);
  if (spec.play) moves.push("a button that draws it step by step");
  const place = element(address ? "a" : "span", "", "On the site");
  if (address) place.href = address;
  const where = element("span", "where", place, ` this figure is live: ${moves.join("; ")}.`);
  figure.querySelector("figcaption").append(where);
}

// Links lead within the book, to another host, or (`address` is the site's) to the site.
function relink(article, name, chapters, address) {
  const { slug } = chapters.get(name);
  for (const node of article.querySelectorAll("[id]")) {
    if (!node.closest(SVG)) node.id = `${slug}--${node.id}`;
  }
  for (const link of article.querySelectorAll("a[href]")) {
    const url = new URL(link.getAttribute("href"), `book:///${name}.html`);
    link.removeAttribute("title");
    if (url.protocol !== "book:") continue;
    const page = url.pathname.replace(/^\/|\.html$/g, "");
    if (chapters.has(page)) {
      const target = chapters.get(page).slug;
      link.setAttribute("href", url.hash ? `#${target}--${url.hash.slice(1)}` : `#${target}`);
      const equation = url.hash.startsWith("#equation-");
      const far = page !== name || !equation;
      if (far && !link.closest(".bibtex-citation") && !link.querySelector(".std-term")) {
        link.dataset.at = "";
      }
    } else if (address) link.href = new URL(url.pathname.slice(1) + url.hash, address);
    else link.replaceWith(...link.childNodes);
  }
}

// pages: [{name, slug, part, html}]; the sections are appended to <main>. Returns the links within
// the book that lead nowhere.
window.assemble = (pages, address) => {
  const main = document.querySelector("main");
  const chapters = new Map(pages.map((page) => [page.name, page]));
  for (const { name, slug, part, html } of pages) {
    const site = new DOMParser().parseFromString(html, "text/html");
    const article = document.adoptNode(site.querySelector("section"));
    for (const figure of article.querySelectorAll("figure.lc-live")) {
      still(figure, address && new URL(`${name}.html#${figure.closest("section").id}`, address));
    }
    strip(article);
    article.querySelectorAll("section#quiz").forEach(quiz);
    for (const details of article.querySelectorAll("details")) {
      unfold(details, details.querySelector("summary").textContent.trim());
    }
    relink(article, name, chapters, address);
    article.className = "chapter";
    article.id = slug;
    article.dataset.title = article.querySelector("h1").textContent;
    if (part) article.dataset.part = part;
    main.append(article);
  }
  const links = [...main.querySelectorAll('a[href^="#"]')].map((link) => link.getAttribute("href"));
  return links.filter((link) => !document.getElementById(link.slice(1)));
};

// write: how a formula becomes a node. Returns the formulas that MathJax does not understand.
async function formulas(write) {
  await MathJax.startup.promise;
  const wrong = [];
  const written = new Map();
  for (const place of document.querySelectorAll("main .math")) {
    const number = place.querySelector(".eqno");
    number?.remove();
    const key = place.tagName + place.textContent;
    if (!written.has(key)) {
      const tex = place.textContent.trim().slice(2, -2).trim();
      const node = await write(tex, { display: place.tagName === "DIV" });
      if (node.querySelector("[data-mjx-error], merror")) wrong.push(tex);
      written.set(key, node);
    }
    place.replaceChildren(written.get(key).cloneNode(true), ...(number ? [number] : []));
    const after = place.nextSibling; // a line does not begin with a comma
    const mark = place.tagName === "SPAN" && after?.nodeType === 3 && /^[.,;:?!)]+/.exec(after.data);
    if (mark) {
      after.deleteData(0, mark[0].length);
      place.append(mark[0]);
    }
  }
  return wrong;
}

window.typeset = async () => {
  const wrong = await formulas(async (tex, how) => {
    const node = await MathJax.tex2chtmlPromise(tex, how);
    node.setAttribute("role", "img");
    node.setAttribute("aria-label", tex);
    return node;
  });
  document.head.append(MathJax.chtmlStylesheet());
  await document.fonts.ready;
  return wrong;
};

window.toMathML = () =>
  formulas(async (tex, how) => {
    const text = await MathJax.tex2mmlPromise(tex, how);
    const math = new DOMParser().parseFromString(text, "text/xml").documentElement;
    for (const node of [math, ...math.querySelectorAll("*")]) {
      for (const { name } of [...node.attributes]) {
        if (name.startsWith("data-") || name === "class") node.removeAttribute(name);
      }
    }
    math.setAttribute("alttext", tex);
    return document.adoptNode(math);
  });

// For print: parts above chapters in the outline, a table of contents, places for page numbers.
window.paginate = () => {
  const contents = document.querySelector("nav.contents");
  const heads = [];
  for (const chapter of document.querySelectorAll("main > .chapter")) {
    for (const heading of [...chapter.querySelectorAll("h1, h2, h3, h4")]) {
      const lower = element(`h${+heading.tagName[1] + 1}`, heading.className);
      lower.append(...heading.childNodes);
      heading.replaceWith(lower);
    }
    const { title, part } = chapter.dataset;
    if (part) {
      chapter.prepend(element("h1", "part", part));
      contents.append(element("p", "part", part));
    }
    const link = element("a", "", element("span", "", title));
    link.href = `#${chapter.id}`;
    link.dataset.at = "";
    contents.append(element("p", "", link));
    chapter.style.page = chapter.id;
    heads.push(`@page ${chapter.id} { @top-right { content: ${JSON.stringify(title)} } }`);
  }
  document.head.append(element("style", "", heads.join("\n")));
  for (const link of document.querySelectorAll("a[data-at]")) {
    link.append(element("span", "at", link.closest("nav") ? "000" : "\u00a0(p.\u00a0000)"));
  }
};

// What is wider than the page (the window has its width), where print would cut it off.
window.tooWide = () => {
  const right = document.querySelector("main").getBoundingClientRect().right + 1;
  const boxes = [...document.querySelectorAll("main :is(mjx-math, table, code, svg)")];
  const wide = boxes.filter((box) => box.getBoundingClientRect().right > right);
  const said = (box) => box.closest("[aria-label]")?.ariaLabel ?? box.textContent.trim();
  return wide.map((box) => `${box.closest("section").id}: ${said(box).slice(0, 60)}`);
};

// pages: the page of each target.
window.numberPages = (pages) => {
  for (const link of document.querySelectorAll("a[data-at]")) {
    const at = link.querySelector(".at");
    at.textContent = at.textContent.replace(/\d+/, pages[link.hash.slice(1)]);
  }
};

// The sections as XHTML, one file each: [{slug, title, part, sections: [[id, title]], xhtml}].
window.xhtml = () => {
  document.querySelectorAll(".print").forEach((node) => node.remove());
  const files = [...document.querySelectorAll("main > section")];
  for (const link of document.querySelectorAll('main a[href^="#"]')) {
    const target = document.getElementById(link.hash.slice(1)).closest("main > section");
    link.setAttribute("href", `${target.id}.xhtml${link.hash}`);
    delete link.dataset.at;
  }
  const serializer = new XMLSerializer();
  return files.map((section) => {
    const { title, part } = section.dataset;
    section.removeAttribute("data-title");
    section.removeAttribute("data-part");
    const parts = [...section.querySelectorAll(":scope > section")];
    const sections = parts.map((one) => [one.id, one.querySelector("h2").textContent]);
    return { slug: section.id, title, part, sections, xhtml: serializer.serializeToString(section) };
  });
};
