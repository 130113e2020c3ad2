// Shows /openapi.json. Every text is set as text, never as markup.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];
let api;

function make(tag, text, ...children) {
  const node = document.createElement(tag);
  if (text !== null && text !== undefined) node.textContent = text;
  node.append(...children);
  return node;
}

function row(kind, ...cells) {
  return make("tr", null, ...cells.map((cell) => (cell instanceof Node ? cell : make(kind, cell))));
}

function filled(table, heads, rows) {
  table.append(make("thead", null, row("th", ...heads)), make("tbody", null, ...rows));
  return table;
}

function struct(schema) {
  return schema && schema.$ref ? api.components.schemas[schema.$ref.split("/").pop()] : schema;
}

// A type in a few words: "text, 1–100", "Needs", "list of Needs or null".
function words(schema) {
  if (!schema) return "anything";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(words).join(" or ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.type === "array") {
    if (schema.prefixItems) return `[${schema.prefixItems.map(words).join(", ")}]`;
    return `list of ${words(schema.items)}`;
  }
  if (schema.type === "object") {
    return schema.additionalProperties ? `object of ${words(schema.additionalProperties)}` : "object";
  }
  const low = schema.minimum ?? schema.minLength;
  const high = schema.maximum ?? schema.maxLength;
  const span = high === undefined ? (low === undefined ? "" : `, ≥ ${low}`) : `, ${low ?? 0}…${high}`;
  return (schema.format || { string: "text", integer: "whole number" }[schema.type] || schema.type || "anything") + span;
}

function fields(schema, seen = new Set()) {
  const found = struct(schema);
  const box = make("div");
  if (!found || !found.properties) return make("p", words(schema));
  if (found.description) box.append(make("p", found.description));
  const inner = [];
  const rows = Object.entries(found.properties).map(([name, of]) => {
    for (const kind of [of, of.items, of.additionalProperties, ...(of.anyOf || [])]) {
      if (kind && kind.$ref && !seen.has(kind.$ref)) inner.push(kind);
    }
    const head = make("th", null, make("code", name));
    if ((found.required || []).includes(name)) head.className = "required";
    return row("td", head, words(of), "default" in of ? JSON.stringify(of.default) : "");
  });
  box.append(filled(make("table"), [found.title || "field", "is", "left out"], rows));
  for (const kind of inner) {
    if (seen.has(kind.$ref)) continue;
    seen.add(kind.$ref);
    box.append(make("details", null, make("summary", words(kind)), fields(kind, seen)));
  }
  return box;
}

// A body to begin with: what is required, by its type.
function example(schema) {
  const found = struct(schema);
  if (!found.properties) return "";
  const body = {};
  for (const name of found.required || []) {
    const of = found.properties[name];
    body[name] = of.enum ? of.enum[0] : { string: "", integer: of.minimum ?? 0, array: [], object: {} }[of.type] ?? null;
  }
  return JSON.stringify(body, null, 2);
}

// The media type of the operation's body and what it is, or nothing.
function bodyOf(operation) {
  return operation.requestBody ? Object.entries(operation.requestBody.content)[0] : [];
}

function base() {
  return `/v1/${encodeURIComponent(document.getElementById("workspace").value)}`;
}

function tryIt(method, path, operation) {
  const form = make("form");
  form.className = "try";
  form.append(make("h3", "Try it"));
  const inputs = operation.parameters.map((parameter) => {
    const input = make("input");
    input.required = Boolean(parameter.required);
    const label = make("label", parameter.name, input);
    if (parameter.required) label.className = "required";
    form.append(label);
    return [parameter, input];
  });
  const [media, content] = bodyOf(operation);
  const body = media && make("textarea");
  if (body) {
    body.value = example(content.schema);
    form.append(make("label", "body", body));
  }
  const answer = make("pre");
  answer.hidden = true;
  form.append(make("button", "Send"), answer);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    answer.hidden = false;
    answer.textContent = "…";
    answer.textContent = await sent(method, path, inputs, body, media);
  });
  return form;
}

async function sent(method, path, inputs, body, media) {
  const headers = {};
  const query = new URLSearchParams();
  let address = path;
  const token = document.getElementById("token").value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  for (const [parameter, input] of inputs) {
    if (input.value === "") continue;
    if (parameter.in === "path") address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    if (parameter.in === "query") query.set(parameter.name, input.value);
    if (parameter.in === "header") headers[parameter.name] = input.value;
  }
  if (body) headers["Content-Type"] = media;
  const url = base() + address + (query.size ? `?${query}` : "");
  try {
    const said = await fetch(url, { method: method.toUpperCase(), headers, body: body ? body.value : undefined });
    const text = await said.text();
    const shown = (said.headers.get("Content-Type") || "").includes("json")
      ? JSON.stringify(JSON.parse(text), null, 2) : text;
    return `${said.status} ${said.statusText}\n\n${shown}`;
  } catch (error) {
    return String(error);
  }
}

function shown(method, path, operation) {
  const box = make("details");
  box.id = operation.operationId;
  const verb = operation["x-websocket"] ? "SOCKET" : method.toUpperCase();
  box.append(make("summary", null, make("b", verb), make("code", path), make("span", operation.summary)));
  for (const text of operation.description.split("\n\n")) box.append(make("p", text));
  if (operation.parameters.length) {
    const rows = operation.parameters.map((parameter) => {
      const head = make("th", null, make("code", parameter.name));
      if (parameter.required) head.className = "required";
      return row("td", head, parameter.in, words(parameter.schema), parameter.description || "");
    });
    box.append(filled(make("table"), ["parameter", "in", "is", "meaning"], rows));
  }
  const [media, content] = bodyOf(operation);
  if (media) box.append(make("h3", media === "application/json" ? "Body" : `Body: ${media}`), fields(content.schema));
  box.append(make("h3", "Answers"));
  const answers = Object.entries(operation.responses).map(([status, response]) => {
    const json = response.content && response.content["application/json"];
    return row("td", make("th", status), response.description, json ? words(json.schema) : "");
  });
  box.append(filled(make("table"), ["status", "meaning", "is"], answers));
  for (const response of Object.values(operation.responses)) {
    const json = response.content && response.content["application/json"];
    if (!json) continue;
    box.append(make("details", null, make("summary", words(json.schema)), fields(json.schema)));
    break;
  }
  if (operation["x-websocket"]) {
    box.append(make("h3", "Frames"));
    for (const frame of operation["x-websocket"].tells) {
      box.append(make("details", null, make("summary", words(frame)), fields(frame)));
    }
  } else {
    box.addEventListener("toggle", () => box.append(tryIt(method, path, operation)), { once: true });
  }
  return box;
}

function every() {
  const found = [];
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS) if (item[method]) found.push([method, path, item[method]]);
  }
  return found;
}

function show() {
  document.getElementById("version").textContent = api.info.version;
  document.getElementById("about").textContent = api.info.description;
  const workspace = document.getElementById("workspace");
  const where = () => { document.getElementById("base").textContent = base(); };
  workspace.value = api.servers[0].variables.workspace.default;
  workspace.addEventListener("input", where);
  document.getElementById("who").addEventListener("submit", (event) => event.preventDefault());
  where();

  const operations = document.getElementById("operations");
  operations.replaceChildren();
  for (const { name } of api.tags) {
    const head = make("h2", name);
    head.id = `part-${name}`;
    operations.append(head, ...every().filter(([, , of]) => of.tags[0] === name).map((of) => shown(...of)));
  }
  for (const [id, name] of [...api.tags.map((tag) => [`part-${tag.name}`, tag.name]), ["roles", "who may do what"],
    ["refusals", "refusals"]]) {
    const link = make("a", name);
    link.href = `#${id}`;
    document.getElementById("parts").append(link);
  }
  const roles = api["x-roles"];
  filled(document.getElementById("rights"), ["operation", ...roles], every().map(([method, path, of]) => {
    const cells = roles.map((role) => {
      const cell = make("td", of["x-roles"].includes(role) ? "✓" : "");
      cell.className = "may";
      return cell;
    });
    return row("td", make("th", null, make("code", `${method.toUpperCase()} ${path}`)), ...cells);
  }));
  filled(document.getElementById("codes"), ["status", "code", "meaning"], api["x-refusals"].map(
    (kind) => row("td", String(kind.status), make("code", kind.code), kind.meaning)));
}

fetch("/openapi.json").then((said) => said.json()).then((said) => { api = said; show(); }).catch((error) => {
  document.getElementById("operations").textContent = `The description could not be read: ${error}`;
});
