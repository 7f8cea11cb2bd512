export { buffersOf, recurrent, type SequenceList } from "./recurrent";
