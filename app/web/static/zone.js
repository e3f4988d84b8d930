// Tells the server which clock this browser goes by, so that the next page's moments are told by it.
const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
const YEAR_SECONDS = 365 * 24 * 3600;

if (timeZone) {
  const isSecure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `tertium_zone=${timeZone}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${isSecure}`;
}
