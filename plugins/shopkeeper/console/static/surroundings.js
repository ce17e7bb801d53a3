// Follows Airflow's own switches: its theme and its language, kept by its UI in localStorage.
"use strict";
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const read = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const follow = () => {
    const theme = read("theme");
    const isDark = theme === "dark" || (theme !== "light" && dark.matches);
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
    const language = read("i18nextLng");
    if (!language) return;
    const wanted = language.toLowerCase().startsWith("zh") ? "zh" : "en";
    const kept = /(?:^|; )shopkeeper_language=(\w+)/.exec(document.cookie);
    if (kept && kept[1] === wanted) return;
    document.cookie = `shopkeeper_language=${wanted}; path=/shopkeeper; SameSite=Lax; max-age=31536000`;
    if (document.documentElement.lang.slice(0, 2) !== wanted && document.cookie.includes(`shopkeeper_language=${wanted}`)) location.reload();
  };
  follow();
  dark.addEventListener("change", follow);
  window.addEventListener("storage", () => {
    const before = document.documentElement.dataset.theme;
    follow();
    if (before !== document.documentElement.dataset.theme) window.dispatchEvent(new Event("themechange"));
  });
})();
