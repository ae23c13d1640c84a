// deno-lint-ignore-file no-inner-declarations no-var no-window no-window-prefix -- newer words, an old browser does not know
// Starts a page, in words that browsers of 2009 know: what is too old for it, or cannot load it, is told
// so in place of "Loading".
(function () {
  var boot = document.currentScript;

  function say(text) {
    var line = document.querySelector("#app .boot");
    // The page is there, and tells of itself.
    if (line === null) return;
    line.setAttribute("role", "alert");
    line.textContent = text;
  }

  function sayTooOld() {
    say(
      "This browser is too old for Peerlens. It needs " + boot.getAttribute("data-versions") +
        ", or newer.",
    );
  }

  /** Whether there is something of a name like `Promise.withResolvers`. */
  function has(name) {
    var found = window;
    var parts = name.split(".");
    for (var at = 0; at < parts.length; at++) {
      if (!(parts[at] in found)) return false;
      found = found[parts[at]];
    }
    return true;
  }

  if (!("noModule" in boot) || !boot.getAttribute("data-needs").split(" ").every(has)) {
    return sayTooOld();
  }
  window.addEventListener("error", function (event) {
    if (event.error instanceof SyntaxError) sayTooOld();
    else say("Peerlens could not start (" + event.message + "). Reload this page.");
  });
  var page = document.createElement("script");
  page.type = "module";
  page.onerror = function () {
    say("Peerlens could not be loaded. Check the connection to the server, then reload this page.");
  };
  page.src = boot.getAttribute("data-page");
  document.head.appendChild(page);
})();
