"use strict";
// Lays the picture before over each picture made, as far as its slider says.
for (const view of document.querySelectorAll(".made > .view")) {
  const before = view.closest(".tiles").querySelector("[data-before]");
  const under = document.createElement("img");
  under.className = before.className ? `under ${before.className}` : "under";
  under.src = before.src;
  under.alt = "";
  const edge = document.createElement("span");
  edge.className = "edge";
  view.querySelector("img").after(under, edge);

  const slide = document.createElement("input");
  slide.type = "range";
  slide.className = "slide";
  slide.min = 0;
  slide.max = 100;
  slide.value = 0;
  slide.style.maxWidth = `${view.querySelector("img").getAttribute("width")}px`;
  slide.setAttribute("aria-label", `${view.getAttribute("aria-label")}: before on the left, after on the right`);
  slide.addEventListener("input", () => {
    view.dataset.at = slide.value;
    view.style.setProperty("--at", `${slide.value}%`);
    slide.setAttribute("aria-valuetext", `${slide.value} percent before`);
  });
  view.after(slide);
  slide.dispatchEvent(new Event("input"));

  // A recipe that would reach beyond the window opens to the other side; Escape puts it away.
  const place = () => {
    view.classList.remove("told", "turned");
    const tip = view.querySelector(".tip").getBoundingClientRect();
    view.classList.toggle("turned", tip.right > document.documentElement.clientWidth);
  };
  view.addEventListener("mouseenter", place);
  view.addEventListener("focus", place);
}
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const view of document.querySelectorAll(".made > .view")) view.classList.add("told");
});
const all = document.querySelector("[data-all]");
all.closest(".all").hidden = false;
all.addEventListener("input", () => {
  for (const slide of document.querySelectorAll(".slide")) {
    slide.value = all.value;
    slide.dispatchEvent(new Event("input"));
  }
});
