// Asks for the page's moving part every two seconds and puts in place what has
// changed. The server renders it, as it does the first time.
"use strict";

const every = 2000;

// settle makes `now` look like `next`, and touches only what differs: what is
// selected, focused or scrolled stays so.
function settle(now, next) {
  if (now.isEqualNode(next)) return;
  if (now.nodeType !== next.nodeType || now.nodeName !== next.nodeName) {
    now.replaceWith(next.cloneNode(true));
    return;
  }
  if (now.nodeType === Node.TEXT_NODE) {
    now.data = next.data;
    return;
  }
  for (const a of [...now.attributes]) if (!next.hasAttribute(a.name)) now.removeAttribute(a.name);
  for (const a of next.attributes) if (now.getAttribute(a.name) !== a.value) now.setAttribute(a.name, a.value);
  const had = [...now.childNodes], has = [...next.childNodes];
  has.forEach((child, i) => {
    if (i < had.length) settle(had[i], child);
    else now.append(child.cloneNode(true));
  });
  had.slice(has.length).forEach(child => child.remove());
}

// say changes the live region only when there is something else to say.
function say(text, mark) {
  const said = document.getElementById("said");
  if (said.textContent !== text) said.textContent = text;
  document.title = `${mark} ${text} – Sluice`;
}

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch("api/v1/status", {
      headers: { Accept: "text/html" }, cache: "no-store", signal: AbortSignal.timeout(every * 2),
    });
    if (!answer.ok) throw new Error(answer.statusText);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
    const live = document.getElementById("live");
    settle(live, next);
    say(live.dataset.title, live.dataset.mark);
    document.body.classList.remove("away");
  } catch {
    if (document.body.classList.contains("away")) return;
    document.body.classList.add("away");
    const light = document.querySelector(".light");
    light.className = "light bad";
    light.querySelector("h2").textContent = "Sluice does not answer";
    light.querySelectorAll("p").forEach(p => p.remove());
    const p = document.createElement("p");
    p.textContent = "What stands below is as it was when it last did.";
    light.querySelector("div").append(p);
    say("Sluice does not answer", "✕");
  }
}

setInterval(refresh, every);
document.addEventListener("visibilitychange", refresh);
