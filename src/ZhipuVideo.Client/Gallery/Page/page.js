"use strict";
// The page of one batch. Everything people wrote reaches the document through textContent and attributes of fixed names;
// the policy in the head would refuse anything else.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const texts = data.texts;
  const statuses = ["Success", "Fail", "Rejected", "Unconfirmed", "Processing", "Unknown"];
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
  const numbers = new Intl.NumberFormat(data.language, { maximumFractionDigits: 1 });
  const dates = new Intl.DateTimeFormat(data.language, { dateStyle: "medium", timeStyle: "short" });
  const names = new Intl.Collator(data.language, { numeric: true, sensitivity: "base" });

  const icons = {
    play: "M8 5.2v13.6a.6.6 0 0 0 .92.5l10.5-6.8a.6.6 0 0 0 0-1L8.92 4.7A.6.6 0 0 0 8 5.2Z",
    silent: "M4 9.5v5h3.2L12 19V5L7.2 9.5Zm11 .2 4.6 4.6m0-4.6L15 14.3",
    loud: "M4 9.5v5h3.2L12 19V5L7.2 9.5Zm11-.8a4.5 4.5 0 0 1 0 6.6m2.4-9a8 8 0 0 1 0 11.4",
    light:
      "M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Zm0-5v2m0 15v2m9.5-9.5h-2m-15 0h-2" +
      "m16.2-6.7-1.4 1.4M6.7 17.3l-1.4 1.4m13.4 0-1.4-1.4M6.7 6.7 5.3 5.3",
    dark: "M20 14.2A8.3 8.3 0 0 1 9.8 4 8.3 8.3 0 1 0 20 14.2Z",
    Fail: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Zm-3 5.5 6 6m0-6-6 6",
    Unconfirmed: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM9.6 9.8a2.4 2.4 0 1 1 3.6 2.1c-.8.5-1.2.9-1.2 1.8m0 2.6v.1",
    Processing: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Zm0 4V12l3 2",
    Success: "M4.5 6h15v12h-15Zm0 9 4-4 4 4m-1-1 3-3 5 5",
  };
  icons.Rejected = icons.Fail;
  icons.Unknown = icons.Unconfirmed;

  /** An element with attributes, listeners ("on..." with a function), and children, which are nodes or text. */
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") element.addEventListener(name.slice(2), value);
      else if (value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== undefined));
    return element;
  }

  function makeSvg(tag, attributes, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  function icon(name, classes = "") {
    const solid = name === "play";
    return makeSvg(
      "svg",
      { viewBox: "0 0 24 24", "aria-hidden": "true", class: classes },
      makeSvg("path", {
        d: icons[name],
        fill: solid ? "currentColor" : "none",
        stroke: solid ? "none" : "currentColor",
        "stroke-width": "1.6",
        "stroke-linecap": "round",
        "stroke-linejoin": "round",
      }),
    );
  }

  const fill = (text, ...values) => text.replace(/\{(\d)\}/g, (_, index) => values[index]);

  function span(seconds) {
    if (seconds < 60) return fill(texts.Seconds, numbers.format(seconds));
    const whole = Math.round(seconds);
    return whole < 3600
      ? fill(texts.Minutes, Math.floor(whole / 60), whole % 60)
      : fill(texts.Hours, Math.floor(whole / 3600), Math.floor((whole % 3600) / 60));
  }

  function bytes(count) {
    const units = ["B", "KB", "MB", "GB", "TB"];
    const power = Math.min(units.length - 1, Math.floor(Math.log(Math.max(count, 1)) / Math.log(1024)));
    return `${numbers.format(count / 1024 ** power)} ${units[power]}`;
  }

  const sum = (values) => values.reduce((total, value) => total + value, 0);

  // Media. A video element exists only while its card is near and needs one; hundreds of decoders would stop the browser.

  let previewSound = false;
  const watchSound = { muted: false, volume: 1 };
  let watched;
  let watchedSince;

  /** The address of a file: beside the page, or made of the page's own block. */
  function open(file, type) {
    if (file.href) return file.href;
    const text = atob(document.getElementById(`block-${file.block}`).textContent);
    return URL.createObjectURL(new Blob([Uint8Array.from(text, (letter) => letter.charCodeAt(0))], { type }));
  }

  function ensureVideo(card) {
    if (card.video) return card.video;
    const video = make("video", {
      playsinline: "",
      preload: card.item.cover ? "none" : "metadata",
      tabindex: "-1",
      "aria-label": card.name,
      onvolumechange() {
        if (video.controls) Object.assign(watchSound, { muted: video.muted, volume: video.volume });
      },
      onerror() {
        card.notice(texts.PlayFailed);
      },
    });
    video.muted = true;
    // The fragment makes Safari draw the first picture
    video.src = open(card.item.video, "video/mp4") + "#t=0.01";
    card.stage.prepend(video);
    if (card.picture) video.before(card.picture);
    card.video = video;
    return video;
  }

  function dropVideo(card) {
    const video = card.video;
    if (!video) return;
    card.video = undefined;
    closeVideo(video);
  }

  function closeVideo(video) {
    const [address] = video.src.split("#");
    video.pause();
    video.remove();
    video.removeAttribute("src");
    video.load();
    if (address.startsWith("blob:")) URL.revokeObjectURL(address);
  }

  function preview(card) {
    const video = ensureVideo(card);
    card.stage.dataset.mode = "preview";
    video.loop = true;
    video.muted = !previewSound;
    play(video);
  }

  /** Plays with the browser's own controls: seeking, sound and full screen are the same as everywhere else. */
  function watch(card) {
    if (watched && watched !== card) rest(watched);
    const video = ensureVideo(card);
    watched = card;
    watchedSince = performance.now();
    card.stage.dataset.mode = "watch";
    video.loop = false;
    video.muted = watchSound.muted;
    video.volume = watchSound.volume;
    video.controls = true;
    play(video);
  }

  function play(video) {
    video.play().catch((reason) => {
      // A browser that has seen no click yet plays only silently
      if (reason.name === "NotAllowedError" && !video.muted) {
        video.muted = true;
        play(video);
      }
    });
  }

  function toggle(card) {
    if (card !== watched) watch(card);
    else if (card.video.paused) play(card.video);
    else card.video.pause();
  }

  /** Back to the cover, or to the first picture of a video that has none. */
  function rest(card) {
    if (watched === card) watched = undefined;
    delete card.stage.dataset.mode;
    dropVideo(card);
    if (card.near && card.playable && !card.item.cover) ensureVideo(card);
  }

  // Cards

  const available = (file) => file !== undefined && file.bytes !== undefined && (file.href !== undefined || file.block !== undefined);

  function makeCard(item, index) {
    const name = item.name ?? item.id ?? item.requestId ?? fill(texts.Untitled, index + 1);
    const card = {
      item,
      index,
      name,
      playable: available(item.video),
      differs: new Set(item.actual?.differs),
      haystack: [name, item.prompt, item.id, item.requestId, item.model, item.size, item.errorCode, item.errorMessage]
        .join("\n")
        .toLocaleLowerCase(data.language),
    };
    card.stage = makeStage(card);
    const text = make(
      "div",
      { class: "text" },
      make("h3", { class: "name", dir: "auto", id: `name-${index}` }, name),
      item.prompt && make("p", { class: "prompt", dir: "auto" }, item.prompt),
    );
    card.notice = (message) => {
      const notice = make("p", { class: "notice file" }, message);
      const old = text.querySelector(".notice.file");
      if (old) old.replaceWith(notice);
      else text.querySelector(".parameters").before(notice);
    };
    const reason = makeReason(item);
    if (reason) text.append(reason);
    text.append(makeParameters(card), makeFoot(card));
    const problem = fileProblem(item);
    if (problem) card.notice(problem);
    card.element = make(
      "li",
      {
        class: "card",
        tabindex: "-1",
        "data-status": item.status,
        "aria-labelledby": `name-${index}`,
        "aria-description": texts[item.status],
      },
      card.stage,
      text,
    );
    return card;
  }

  function makeStage(card) {
    const { item } = card;
    const stage = make("div", { class: "stage" });
    if (available(item.cover)) {
      card.picture = make("img", { alt: "", loading: "lazy", decoding: "async" });
      stage.append(card.picture);
    } else if (!card.playable) {
      stage.classList.add("bare");
      stage.append(icon(item.status, "mark"));
    }
    if (item.status !== "Success") stage.append(make("span", { class: "badge" }, texts[item.status]));
    if (!card.playable) return stage;

    stage.classList.add("playable");
    let timer;
    stage.append(
      make("button", { class: "play", type: "button", "aria-label": fill(texts.Play, card.name) }, icon("play")),
      make("button", {
        class: "sound",
        type: "button",
        "aria-label": texts.Sound,
        onclick(event) {
          event.stopPropagation();
          previewSound = !previewSound;
          for (const each of cards) showSound(each);
          if (card.video) card.video.muted = !previewSound;
        },
      }),
    );
    stage.addEventListener("click", () => {
      if (watched !== card) watch(card);
    });
    stage.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "mouse" || reducedMotion.matches || watched === card) return;
      // Crossing the page with the pointer starts nothing
      timer = setTimeout(() => watched !== card && preview(card), 150);
    });
    stage.addEventListener("pointerleave", () => {
      clearTimeout(timer);
      if (watched !== card) rest(card);
    });
    return stage;
  }

  function showSound(card) {
    const button = card.stage.querySelector(".sound");
    if (!button) return;
    button.setAttribute("aria-pressed", previewSound);
    button.replaceChildren(icon(previewSound ? "loud" : "silent"));
  }

  function makeReason(item) {
    if (item.status === "Success" && !item.errorCode && !item.errorMessage) return undefined;
    return make(
      "p",
      { class: "notice", dir: "auto" },
      item.errorCode && make("code", {}, item.errorCode),
      item.errorMessage ?? texts[`Reason${item.status}`],
    );
  }

  function fileProblem({ status, video, cover }) {
    if (status === "Success" && !video) return texts.NotSaved;
    for (const file of [video, cover]) {
      if (!file || available(file)) continue;
      const texted = file === video ? "Video" : "Cover";
      return texts[texted + (file.bytes === undefined ? "Missing" : "Elsewhere")];
    }
    return undefined;
  }

  const writeFps = (value) => value !== undefined && fill(texts.Fps, numbers.format(value));
  const writeSeconds = (value) => value !== undefined && fill(texts.Seconds, numbers.format(value));
  const writeSound = (value) => value !== undefined && (value ? texts.WithSound : texts.WithoutSound);

  /** What the file has, as text; where it is not what was asked for, that too; and what was asked for of a video that is not there. */
  function told(card, field) {
    const { item, differs } = card;
    const { actual = {} } = item;
    const [found, asked] = {
      size: () => [actual.width && actual.height && `${actual.width}x${actual.height}`, item.size],
      fps: () => [writeFps(actual.fps), writeFps(item.fps)],
      duration: () => [writeSeconds(actual.duration), writeSeconds(item.duration)],
      audio: () => [writeSound(actual.audio), writeSound(item.audio)],
    }[field]();
    return differs.has(field) ? fill(texts.AskedFor, found, asked) : found || asked || undefined;
  }

  function makeParameters(card) {
    const { item, differs } = card;
    const fields = ["size", "fps", "duration", "audio"].map((field) => [told(card, field), differs.has(field)]);
    fields.splice(3, 0, [item.quality]);
    return make(
      "ul",
      { class: "parameters" },
      ...[[item.model], ...fields].filter(([part]) => part).map(([part, isOther]) => make("li", { class: isOther ? "differs" : undefined }, part)),
    );
  }

  function makeFoot(card) {
    const { item } = card;
    const parts = [
      texts[item.status],
      item.elapsed !== undefined ? span(item.elapsed) : undefined,
      item.video?.bytes !== undefined ? bytes(item.video.bytes) : undefined,
    ];
    return make(
      "div",
      { class: "foot" },
      make("span", { class: "state" }, parts.filter((part) => part).join(" · ")),
      make(
        "button",
        { type: "button", class: "compare", "aria-pressed": "false", "aria-label": fill(texts.CompareWith, card.name), onclick: () => choose(card) },
        texts.Compare,
      ),
      make("button", { type: "button", class: "more", "aria-expanded": "false", onclick: () => expand(card) }, texts.More),
    );
  }

  function expand(card, wanted = !card.element.classList.contains("open")) {
    card.element.classList.toggle("open", wanted);
    const more = card.element.querySelector(".more");
    more.setAttribute("aria-expanded", wanted);
    more.textContent = wanted ? texts.Less : texts.More;
    card.element.querySelector(".details")?.remove();
    if (wanted) card.element.querySelector(".foot").before(makeDetails(card));
  }

  function makeDetails({ item, playable }) {
    const file = playable && item.video.href ? make("a", { href: item.video.href }, decodeURIComponent(item.video.href)) : undefined;
    const rows = [
      [texts.Id, item.id],
      [texts.RequestId, item.requestId],
      [texts.Picture, item.image],
      [texts.Submitted, item.submittedAt && dates.format(new Date(item.submittedAt))],
      [texts.Ended, item.endedAt && dates.format(new Date(item.endedAt))],
      [texts.File, file],
    ];
    return make(
      "dl",
      { class: "details" },
      ...rows.filter(([, value]) => value).flatMap(([label, value]) => [make("dt", {}, label), make("dd", { dir: "auto" }, value)]),
    );
  }

  // Summary

  function makeSummary() {
    const items = data.cards;
    const took = cards.filter((card) => card.item.elapsed !== undefined).sort((a, b) => b.item.elapsed - a.item.elapsed);
    const slowest = took[0];
    const work = sum(took.map((card) => card.item.elapsed));
    const starts = items.map((item) => Date.parse(item.submittedAt)).filter((time) => time);
    const ends = items.map((item) => Date.parse(item.endedAt)).filter((time) => time);
    const files = items.filter((item) => item.video?.bytes !== undefined);
    const without = cards.filter((card) => !card.playable).length;
    const present = statuses.filter((status) => countOf(status) > 0);
    const whole = starts.length && ends.length ? (Math.max(...ends) - Math.min(...starts)) / 1000 : undefined;
    return make(
      "section",
      { class: "summary", "aria-label": texts.Summary },
      tile(
        texts.Videos,
        numbers.format(items.length),
        make("div", { class: "shares", "aria-hidden": "true" }, ...present.map(share)),
        aside(fill(without ? texts.Without : texts.WithoutNone, without)),
      ),
      tile(texts.TotalTime, whole === undefined ? "–" : span(whole), took.length ? aside(fill(texts.WorkTime, span(work))) : undefined),
      tile(
        texts.Slowest,
        slowest ? span(slowest.item.elapsed) : "–",
        slowest && make("button", { type: "button", class: "aside", dir: "auto", onclick: () => reveal(slowest) }, slowest.name),
      ),
      tile(texts.OnDisk, bytes(sum(files.map((item) => item.video.bytes))), aside(fill(texts.Files, files.length))),
      makeChart(took),
    );
  }

  const countOf = (status) => data.cards.filter((item) => item.status === status).length;

  function share(status) {
    const part = make("span", { "data-status": status });
    part.style.flexGrow = countOf(status);
    return part;
  }

  const aside = (text) => make("p", { class: "aside" }, text);

  const tile = (label, figure, ...rest) =>
    make("div", { class: "tile" }, make("h2", {}, label), make("p", { class: "figure" }, figure), ...rest);

  /** One bar for each card that has ended, in the order given; the dashed line is the median. */
  function makeChart(took) {
    if (took.length === 0) return undefined;
    const highest = took[0].item.elapsed || 1;
    const median = took[Math.floor(took.length / 2)].item.elapsed;
    const height = 100;
    const places = Math.max(took.length, 12);
    const legend = fill(texts.Median, span(median), span(highest));
    const bars = [...took].sort((a, b) => a.index - b.index).map((card, place) => {
      const length = Math.max(2, (card.item.elapsed / highest) * height);
      const bar = makeSvg(
        "rect",
        { x: place + 0.1, y: height - length, width: 0.8, height: length, "data-status": card.item.status },
        makeSvg("title", {}, `${card.name}: ${span(card.item.elapsed)}`),
      );
      bar.addEventListener("click", () => reveal(card));
      return bar;
    });
    const line = height - (median / highest) * height;
    return make(
      "div",
      { class: "tile wide" },
      make("h2", {}, texts.Durations),
      makeSvg(
        "svg",
        { class: "chart", viewBox: `0 0 ${places} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": legend },
        ...bars,
        makeSvg("line", { x1: 0, x2: bars.length, y1: line, y2: line }),
      ),
      aside(legend),
    );
  }

  // Finding

  const filter = { words: [], status: "", model: "", differs: false };
  const orders = {
    Given: (a, b) => a.index - b.index,
    Name: (a, b) => names.compare(a.name, b.name),
    Slow: (a, b) => (b.item.elapsed ?? -1) - (a.item.elapsed ?? -1),
    Newest: (a, b) => (b.item.submittedAt ?? "").localeCompare(a.item.submittedAt ?? ""),
    Largest: (a, b) => (b.item.video?.bytes ?? -1) - (a.item.video?.bytes ?? -1),
  };

  const matches = ({ item, haystack, differs }) =>
    (!filter.differs || differs.size > 0) &&
    (!filter.status || item.status === filter.status) &&
    (!filter.model || item.model === filter.model) &&
    filter.words.every((word) => haystack.includes(word));

  function applyFilter() {
    for (const card of cards) {
      card.element.hidden = !matches(card);
    }
    const count = visible().length;
    shown.textContent = fill(texts.Shown, numbers.format(count), numbers.format(cards.length));
    empty.hidden = count > 0;
    for (const chip of chips.children) {
      chip.setAttribute("aria-pressed", chip === differing ? filter.differs : (chip.dataset.status ?? "") === filter.status);
    }
    if (!active || active.element.hidden) setActive(visible()[0]);
  }

  function applyOrder() {
    cards.sort((a, b) => orders[order.value](a, b) || a.index - b.index);
    list.append(...cards.map((card) => card.element));
    setActive(visible()[0]);
  }

  function clearFilter() {
    search.value = "";
    model.value = "";
    Object.assign(filter, { words: [], status: "", model: "", differs: false });
    applyFilter();
  }

  const visible = () => cards.filter((card) => !card.element.hidden);

  function reveal(card) {
    if (card.element.hidden) clearFilter();
    card.element.scrollIntoView({ block: "center", behavior: reducedMotion.matches ? "auto" : "smooth" });
    setActive(card);
    card.element.focus({ preventScroll: true });
  }

  // Comparing: the first card that is chosen waits for a second, and both are shown side by side

  let chosen;

  function choose(card) {
    if (chosen && chosen !== card) {
      const first = chosen;
      setChosen(undefined);
      compare(first, card);
    } else {
      setChosen(chosen ? undefined : card);
    }
  }

  function setChosen(card) {
    chosen = card;
    for (const each of cards) {
      each.element.classList.toggle("chosen", each === card);
      each.element.querySelector(".compare").setAttribute("aria-pressed", each === card);
    }
    choice.textContent = card ? fill(texts.Chosen, card.name) : "";
    chosenBar.classList.toggle("shown", card !== undefined);
  }

  /** A dialog of the browser's own: it keeps the focus, and Escape leaves it. */
  function compare(first, second) {
    for (const card of cards) rest(card);
    const pair = [first, second];
    const videos = pair.filter((card) => card.playable).map((card) => makeCompared(card));
    const rows = [
      [texts.Prompt, (card) => card.item.prompt],
      [texts.Model, (card) => card.item.model],
      [texts.Size, (card) => told(card, "size")],
      [texts.Length, (card) => told(card, "duration")],
      [texts.Frames, (card) => told(card, "fps")],
      [texts.Sound, (card) => told(card, "audio")],
      [texts.Quality, (card) => card.item.quality],
      [texts.Picture, (card) => card.item.image],
      [texts.Took, (card) => card.item.elapsed !== undefined && span(card.item.elapsed)],
      [texts.File, (card) => card.item.video?.bytes !== undefined && bytes(card.item.video.bytes)],
      [texts.Status, (card) => texts[card.item.status]],
    ]
      .map(([label, read]) => [label, pair.map((card) => read(card) || undefined)])
      .filter(([, values]) => values.some((value) => value));
    const dialog = make(
      "dialog",
      { class: "comparison", "aria-label": texts.Comparison },
      make(
        "div",
        { class: "head" },
        make("h2", {}, texts.Comparison),
        make(
          "div",
          { class: "actions" },
          videos.length === 2
            ? make(
                "button",
                {
                  type: "button",
                  onclick() {
                    for (const video of videos) {
                      video.currentTime = 0;
                      play(video);
                    }
                  },
                },
                texts.PlayBoth,
              )
            : undefined,
          make("button", { type: "button", autofocus: "", onclick: () => dialog.close() }, texts.Close),
        ),
      ),
      make(
        "table",
        {},
        make("thead", {}, make("tr", {}, make("td"), ...pair.map((card) => make("th", { scope: "col", dir: "auto" }, card.name)))),
        make(
          "tbody",
          {},
          make(
            "tr",
            { class: "videos" },
            make("th", { scope: "row" }, texts.Videos),
            ...pair.map((card) => make("td", {}, videos.find((video) => video.card === card) ?? make("div", { class: "none" }, icon(card.item.status, "mark")))),
          ),
          ...rows.map(([label, values]) =>
            make(
              "tr",
              { class: values[0] === values[1] ? "same" : "other" },
              make("th", { scope: "row" }, label),
              ...values.map((value) => make("td", { dir: "auto" }, value ?? texts.Nothing)),
            ),
          ),
        ),
      ),
    );
    dialog.addEventListener("close", () => {
      for (const video of videos) closeVideo(video);
      dialog.remove();
      setActive(second);
      second.element.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
  }

  function makeCompared(card) {
    const video = make("video", { controls: "", playsinline: "", preload: "auto", "aria-label": card.name });
    video.card = card;
    video.muted = true; // two sounds at once are none
    video.src = open(card.item.video, "video/mp4") + "#t=0.01";
    return video;
  }

  // Keys: the cards are one stop of the Tab key, the arrows move between them

  let active;

  function setActive(card) {
    const reach = (each, index) => {
      each.element.tabIndex = index;
      for (const control of each.element.querySelectorAll("button, a")) control.tabIndex = index;
    };
    if (active) reach(active, -1);
    active = card;
    if (active) reach(active, 0);
  }

  function columns(shownCards) {
    const top = shownCards[0].element.offsetTop;
    const next = shownCards.findIndex((card) => card.element.offsetTop !== top);
    return next < 0 ? shownCards.length : next;
  }

  function onCardKey(event) {
    const card = cards.find((each) => each.element.contains(event.target));
    if (!card || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") {
      setChosen(undefined);
      rest(card);
      expand(card, false);
      card.element.focus();
      return;
    }
    if (event.target === card.video) return; // its controls have keys of their own
    if (event.key.toLowerCase() === "c") {
      event.preventDefault();
      choose(card);
      return;
    }
    if ((event.key === "Enter" || event.key === " ") && event.target === card.element) {
      event.preventDefault();
      if (card.playable) toggle(card);
      else expand(card);
      return;
    }
    const shownCards = visible();
    const place = shownCards.indexOf(card);
    const forward = getComputedStyle(list).direction === "rtl" ? -1 : 1;
    const target = {
      ArrowRight: () => place + forward,
      ArrowLeft: () => place - forward,
      ArrowDown: () => place + columns(shownCards),
      ArrowUp: () => place - columns(shownCards),
      Home: () => 0,
      End: () => shownCards.length - 1,
    }[event.key];
    if (!target) return;
    event.preventDefault();
    const next = shownCards[target()];
    if (!next) return;
    setActive(next);
    next.element.focus({ preventScroll: true });
    next.element.scrollIntoView({ block: "nearest" });
  }

  function onPageKey(event) {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  }

  function onSearchKey(event) {
    if (event.key === "ArrowDown" || event.key === "Enter" || (event.key === "Escape" && search.value === "")) {
      event.preventDefault();
      active?.element.focus();
    } else if (event.key === "Escape") {
      event.preventDefault();
      search.value = "";
      onSearch();
    }
  }

  function onSearch() {
    filter.words = search.value.toLocaleLowerCase(data.language).split(/\s+/).filter((word) => word);
    applyFilter();
  }

  // Light and dark: the system's choice until the reader makes one

  const darkSystem = matchMedia("(prefers-color-scheme: dark)");
  const themeKey = "cogvideo-gallery-theme";

  function storedTheme() {
    try {
      return localStorage.getItem(themeKey);
    } catch {
      return null; // storage is off for files in some browsers
    }
  }

  function showTheme(theme = storedTheme() ?? (darkSystem.matches ? "dark" : "light")) {
    document.documentElement.dataset.theme = theme;
    themeButton.setAttribute("aria-label", theme === "dark" ? texts.UseLight : texts.UseDark);
    themeButton.title = themeButton.getAttribute("aria-label");
    themeButton.replaceChildren(icon(theme === "dark" ? "light" : "dark"));
  }

  function switchTheme() {
    const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem(themeKey, theme);
    } catch {
      // Then the choice lasts as long as the page
    }
    showTheme(theme);
  }

  // The page

  const cards = data.cards.map(makeCard);
  const themeButton = make("button", { class: "theme", type: "button", onclick: switchTheme });
  const shown = make("p", { class: "shown", role: "status" });
  const search = make("input", {
    type: "search",
    "aria-label": texts.Search,
    placeholder: texts.Search,
    autocomplete: "off",
    spellcheck: "false",
    "aria-keyshortcuts": "/",
    oninput: onSearch,
    onkeydown: onSearchKey,
  });
  const chips = make("div", { class: "chips", role: "group", "aria-label": texts.Status });
  const models = [...new Set(data.cards.map((item) => item.model).filter((code) => code))].sort();
  const model = make(
    "select",
    {
      "aria-label": texts.Model,
      onchange() {
        filter.model = model.value;
        applyFilter();
      },
    },
    make("option", { value: "" }, texts.AllModels),
    ...models.map((code) => make("option", { value: code }, code)),
  );
  const order = make(
    "select",
    { "aria-label": texts.Order, onchange: applyOrder },
    ...Object.keys(orders).map((key) => make("option", { value: key }, texts[`Order${key}`])),
  );
  const choice = make("p", { "aria-live": "polite" });
  const chosenBar = make("div", { class: "chosen-bar" }, choice, make("button", { type: "button", onclick: () => setChosen(undefined) }, texts.Cancel));
  const list = make("ul", { class: "cards", "aria-label": texts.Videos, onkeydown: onCardKey });
  const empty = make(
    "div",
    { class: "empty", hidden: "" },
    make("div", {}, data.cards.length ? texts.NoMatch : texts.NoCards),
    data.cards.length ? make("button", { type: "button", onclick: clearFilter }, texts.ShowAll) : undefined,
  );

  for (const status of ["", ...statuses]) {
    const count = status ? countOf(status) : cards.length;
    if (status && count === 0) continue;
    chips.append(
      make(
        "button",
        {
          type: "button",
          "data-status": status || undefined,
          onclick() {
            filter.status = status;
            applyFilter();
          },
        },
        texts[status || "All"],
        make("span", { class: "count" }, numbers.format(count)),
      ),
    );
  }
  const differingCount = cards.filter((card) => card.differs.size > 0).length;
  const differing = make(
    "button",
    {
      type: "button",
      class: "differing",
      onclick() {
        filter.differs = !filter.differs;
        applyFilter();
      },
    },
    texts.Differs,
    make("span", { class: "count" }, numbers.format(differingCount)),
  );
  if (differingCount > 0) chips.append(differing);
  model.hidden = models.length < 2;

  document.body.prepend(
    make(
      "div",
      { class: "page" },
      make(
        "header",
        {},
        make(
          "div",
          { class: "head" },
          make(
            "div",
            {},
            make("h1", { dir: "auto" }, data.title),
            make("p", { class: "written" }, fill(texts.Written, dates.format(new Date(data.writtenAt)))),
          ),
          themeButton,
        ),
        makeSummary(),
      ),
      make(
        "main",
        {},
        make(
          "div",
          { class: "tools", role: "search" },
          make("div", { class: "search" }, search, make("kbd", { "aria-hidden": "true" }, "/")),
          chips,
          model,
          order,
          shown,
        ),
        make("h2", { class: "visually-hidden" }, texts.Videos),
        list,
        empty,
      ),
      make("p", { class: "keys" }, texts.Keys),
      chosenBar,
    ),
  );

  showTheme();
  darkSystem.addEventListener("change", () => showTheme());
  cards.forEach(showSound);
  applyOrder();
  applyFilter();
  document.addEventListener("keydown", onPageKey);
  list.addEventListener("focusin", (event) => {
    const card = cards.find((each) => each.element.contains(event.target));
    if (card && card !== active) setActive(card);
  });

  // Only now are the blocks of embedded files all there
  document.addEventListener("DOMContentLoaded", () => {
    const cardOf = new Map(cards.map((card) => [card.element, card]));
    const observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          const card = cardOf.get(entry.target);
          card.near = entry.isIntersecting;
          if (card.near && card.picture && !card.picture.src) card.picture.src = open(card.item.cover, "image/jpeg");
          // What was seen before its video was started, while the page moved to it, is no reason to stop it
          const goneSince = !card.near && entry.time > watchedSince;
          if (card !== watched || goneSince) rest(card);
        }
      },
      { rootMargin: "600px 0px" },
    );
    for (const card of cards) observer.observe(card.element);
  });
})();
