export { decaySlot, eraseSlots, readSlot, sidesOf } from "./laws";
export { sideSlot } from "./side";
export { type StateSlot, stateSlot } from "./state";
