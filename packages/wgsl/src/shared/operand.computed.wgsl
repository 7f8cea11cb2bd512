// What was loaded of a view as operands of matrices. The host puts its name in place of "view".
fn view_operand(x: view_FOUR, matters: bool) -> Four {
  return operand(view_of4(x), matters);
}
