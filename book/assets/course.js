// What the theme leaves to be done in the browser.

// Opened as a file, a page may not read the others, from which the search would take its summaries.
if (location.protocol === "file:") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}

document.addEventListener("DOMContentLoaded", () => {
  // For screen readers: the link with the course's name stands outside every landmark.
  for (const brand of document.querySelectorAll(".bd-sidebar-primary .navbar-brand")) {
    brand.parentElement.setAttribute("role", "navigation");
    brand.parentElement.setAttribute("aria-label", "Home");
  }
  // The corner of a pandas table is a header cell without text.
  for (const corner of document.querySelectorAll("table.dataframe th:empty")) {
    corner.replaceWith(document.createElement("td"));
  }
  // The warning about sample data comes from the notebook as a quotation.
  for (const quote of document.querySelectorAll(".bd-article blockquote")) {
    if (/^\s*(SAMPLE|UNKNOWN) DATA:/.test(quote.textContent)) {
      quote.classList.add("sample-data");
      quote.setAttribute("role", "note");
    }
  }
});
