export { linearAttention } from "./recurrent";
