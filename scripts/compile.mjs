// Compiles the Python in wheels and zip files, so that no reader's browser has to:
// node scripts/compile.mjs PYODIDE FROM TO. The Python of PYODIDE, a folder with Pyodide and its
// packages, is the one that will import them. What is in FROM is written to TO, with bytecode in
// place of source.

import { createRequire } from "node:module";
import { resolve } from "node:path";

const [pyodide, from, to] = process.argv.slice(2).map((path) => resolve(path));
const { loadPyodide } = createRequire(import.meta.url)(`${pyodide}/pyodide.js`);

const python = await loadPyodide({ indexURL: pyodide, packageCacheDir: pyodide });
for (const [name, root] of Object.entries({ from, to })) {
  python.FS.mkdir(`/${name}`);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, `/${name}`);
}
await python.loadPackage("matplotlib", { messageCallback() {} });
await python.runPythonAsync(`
import importlib.util, marshal, os, warnings, zipfile

FONTS = "matplotlib/fontlist.json"
EPOCH = (1980, 1, 1, 0, 0, 0)

def bytecode(source, place):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = compile(source, place, "exec", dont_inherit=True)
    # What py_compile calls UNCHECKED_HASH: it depends on no date.
    digest = importlib.util.source_hash(source)
    return importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + digest + marshal.dumps(code)

def compiled(name):
    root = "/lib/python312.zip/" if name == "python_stdlib.zip" else "/lib/python3.12/site-packages/"
    with zipfile.ZipFile(f"/from/{name}") as archive:
        files = {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
    for file in [file for file in files if file.endswith(".py")]:
        try:
            files[f"{file}c"] = bytecode(files[file], root + file)
        except SyntaxError:
            continue  # it is a template
        del files[file]
    if FONTS in files:
        import matplotlib.font_manager  # makes the list anew: it comes with one of another version

        with open(f"/lib/python3.12/site-packages/{FONTS}", "rb") as fonts:
            files[FONTS] = fonts.read()
    with zipfile.ZipFile(f"/to/{name}", "w") as archive:
        for file, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(file, EPOCH), data, zipfile.ZIP_DEFLATED)

for name in sorted(os.listdir("/from")):
    compiled(name)
`);
