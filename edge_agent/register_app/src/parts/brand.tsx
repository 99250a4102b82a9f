/** Name and sign, above the screens that come before selling. */
export function Brand() {
  return (
    <p class="brand">
      <img src="/icon.svg" alt="" width="44" height="44" />
      <span lang="fr">Hanout</span>
      <span class="brand-arabic" lang="ar">
        حانوت
      </span>
    </p>
  );
}
