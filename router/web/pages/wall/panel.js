import { Part, define, h } from "/pages/shared/dom.js";
class P extends Part { view() { return h("p", {}, "…"); } }
define("cr-wall-panel", P);
