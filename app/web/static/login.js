// The part of an address behind `#` never reaches the server: the form carries it on.

const next = document.querySelector("form [name=next]");
if (location.hash && next && !next.value.includes("#")) next.value += location.hash;
