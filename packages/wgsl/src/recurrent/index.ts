export { recurrent, type SequenceList } from "./recurrent";
