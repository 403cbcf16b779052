package dev.lockstep.sql.tpcc;

import java.sql.SQLException;

/** Clause 2.6: a customer asks for the last order. */
record OrderStatus(Customer customer) implements Work {

  static OrderStatus draw(Draw draw, int warehouse) {
    return new OrderStatus(Customer.draw(draw, warehouse, draw.number(1, Scale.DISTRICTS)));
  }

  @Override
  public Kind kind() {
    return Kind.ORDER_STATUS;
  }

  @Override
  public boolean run(Statements sql) throws SQLException {
    int warehouse = customer.warehouse();
    int district = customer.district();
    int number = customer.find(sql);
    sql.row(
        "select c_balance, c_first, c_middle, c_last from customer"
            + " where c_w_id = ? and c_d_id = ? and c_id = ?",
        warehouse,
        district,
        number);
    Object last =
        sql.row(
                "select max(o_id) from orders where o_w_id = ? and o_d_id = ? and o_c_id = ?",
                warehouse,
                district,
                number)[0];
    int order = Statements.number(last);
    Object[] row =
        sql.row(
            "select o_entry_d, o_carrier_id, o_ol_cnt from orders"
                + " where o_w_id = ? and o_d_id = ? and o_id = ?",
            warehouse,
            district,
            order);
    int lines =
        sql.rows(
                "select ol_i_id, ol_supply_w_id, ol_quantity, ol_amount, ol_delivery_d"
                    + " from order_line where ol_w_id = ? and ol_d_id = ? and ol_o_id = ?"
                    + " order by ol_number",
                warehouse,
                district,
                order)
            .size();
    if (lines != Statements.number(row[2])) {
      throw new SQLException("Order " + order + " has " + lines + " lines, not " + row[2], "XX000");
    }
    return true;
  }
}
