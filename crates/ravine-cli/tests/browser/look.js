// What bars a reader of the page in which this runs, a sentence each. axe-core is there already.
(async () => {
  const complaints = [];
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  for (const { impact, id, help, nodes } of violations)
    for (const { target } of nodes) complaints.push(`${impact}: ${help} (${id}): ${target}`);

  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) complaints.push(`the page is wider than the window: ${scrollWidth} pixels`);

  // A pixel of grace, and no more of a line's height than its letters take.
  const box = (element) => {
    const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
    const spare = 0.15 * Math.min(width, height);
    return width < height
      ? { left: left + spare, right: right - spare, top, bottom }
      : { left, right, top: top + spare, bottom: bottom - spare };
  };
  const beyond = (a, b) => a.right <= b.left + 1 || a.bottom <= b.top + 1;
  for (const svg of document.querySelectorAll("svg")) {
    const frame = svg.getBoundingClientRect();
    const words = [...svg.querySelectorAll("text")].filter((text) => text.textContent.trim());
    words.map(box).forEach((a, i, boxes) => {
      const said = words[i].textContent;
      if (a.left < frame.left - 1 || a.right > frame.right + 1 || a.top < frame.top - 1 || a.bottom > frame.bottom + 1)
        complaints.push(`\`${said}\` is cut off`);
      for (let j = 0; j < i; j++)
        if (!beyond(a, boxes[j]) && !beyond(boxes[j], a))
          complaints.push(`\`${words[j].textContent}\` and \`${said}\` cover each other`);
    });
  }
  return complaints;
})()
