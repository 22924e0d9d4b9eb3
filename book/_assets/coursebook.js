// Quizzes: "Check" moves the feedback of the chosen answer from the closed <details> into a live region.
for (const quiz of document.querySelectorAll(".quiz")) {
  const [button, said, details] = ["button", ".quiz-said", "details"].map((what) => quiz.querySelector(what));
  const choices = [...quiz.querySelectorAll("input")];
  const feedback = [...quiz.querySelectorAll(".quiz-feedback")];
  button.hidden = false;
  details.hidden = true;
  button.addEventListener("click", () => {
    const chosen = choices.findIndex((choice) => choice.checked);
    details.append(...said.children);
    if (chosen < 0) said.textContent = "Choose an answer first.";
    else said.replaceChildren(feedback[chosen]);
  });
  quiz.addEventListener("change", () => {  // what is said belongs to the answer that was checked
    details.append(...said.children);
    said.textContent = "";
  });
}

window.addEventListener("load", () => Promise.resolve(window.MathJax?.startup?.promise).then(() => {
  // Browsers leave typeset formulas out of an element's name, so we say the name in full.
  for (const text of document.querySelectorAll(".quiz :is(label, legend):has(math)")) {
    (text.control ?? text.parentElement).setAttribute("aria-label", text.textContent.trim());
  }
  // A formula wider than the page scrolls: by keyboard too.
  for (const formula of document.querySelectorAll("mjx-container[display]")) {
    if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
  }
}));

// The theme's first sidebar belongs to no landmark.
const sidebar = document.querySelector("#pst-primary-sidebar");
sidebar?.setAttribute("role", "complementary");
sidebar?.setAttribute("aria-label", "The book");

// docutils calls citations doc-biblioentry, which their list may not hold.
for (const entry of document.querySelectorAll(".citation-list > .citation")) entry.setAttribute("role", "listitem");
