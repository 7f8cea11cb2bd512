// Dawn's node bindings ask for their events from setImmediate, again and again for as long as anything is awaited: a core that
// the software adapters then lack. After a moment without an answer they ask once a millisecond.
const { setImmediate: immediately } = globalThis;

/** Milliseconds of asking without a pause: what is nearly done is not waited for longer. */
const HASTE = 0.5;

// the bindings pass a native function without a name; everybody else's has a source or is bound
const isPoll = (body) =>
  body.name === "" && Function.prototype.toString.call(body).endsWith("{ [native code] }");

let asking = false;
let since = 0;

function poll(body) {
  const now = performance.now();
  // who asks again does so while being asked
  if (!asking) since = now;
  const ask = () => {
    asking = true;
    try {
      body();
    } finally {
      asking = false;
    }
  };
  return now - since < HASTE ? immediately(ask) : setTimeout(ask, 1);
}

/** Makes every Dawn of this process wait without using a core, and those of the programs of the workspace that it starts. */
export function pausePolls() {
  process.env.WEBFLA_PATIENT = "1";
  const patient = (body, ...args) => (isPoll(body) ? poll(body) : immediately(body, ...args));
  globalThis.setImmediate = Object.defineProperties(patient, Object.getOwnPropertyDescriptors(immediately));
}
