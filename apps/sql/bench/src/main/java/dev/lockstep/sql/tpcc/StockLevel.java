package dev.lockstep.sql.tpcc;

import java.sql.SQLException;

/** Clause 2.8: how many items of the last twenty orders run low. */
record StockLevel(int warehouse, int district, int threshold) implements Work {
  private static final int ORDERS = 20;

  static StockLevel draw(Draw draw, int warehouse, int district) {
    return new StockLevel(warehouse, district, draw.number(10, 20));
  }

  @Override
  public Kind kind() {
    return Kind.STOCK_LEVEL;
  }

  @Override
  public boolean run(Statements sql) throws SQLException {
    int next =
        Statements.number(
            sql.row(
                    "select d_next_o_id from district where d_w_id = ? and d_id = ?",
                    warehouse,
                    district)[0]);
    sql.row(
        "select count(distinct s_i_id) from order_line join stock"
            + " on s_w_id = ol_w_id and s_i_id = ol_i_id"
            + " where ol_w_id = ? and ol_d_id = ? and ol_o_id >= ? and ol_o_id < ?"
            + " and s_quantity < ?",
        warehouse,
        district,
        next - ORDERS,
        next,
        threshold);
    return true;
  }
}
