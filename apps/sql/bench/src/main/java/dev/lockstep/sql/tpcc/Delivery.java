package dev.lockstep.sql.tpcc;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Clause 2.7: the oldest order of each district is delivered. */
record Delivery(int warehouse, int carrier, Timestamp now) implements Work {

  static Delivery draw(Draw draw, int warehouse) {
    return new Delivery(warehouse, draw.number(1, 10), new Timestamp(System.currentTimeMillis()));
  }

  @Override
  public Kind kind() {
    return Kind.DELIVERY;
  }

  @Override
  public boolean run(Statements sql) throws SQLException {
    List<Object[]> oldest =
        sql.rows(
            "select no_d_id, min(no_o_id) from new_order where no_w_id = ?"
                + " group by no_d_id order by no_d_id",
            warehouse);
    if (oldest.isEmpty()) {
      return true;
    }
    List<Object[]> keys = new ArrayList<>();
    List<Object[]> carried = new ArrayList<>();
    List<Object[]> delivered = new ArrayList<>();
    List<Object> among = new ArrayList<>(List.of(warehouse));
    for (Object[] row : oldest) {
      keys.add(new Object[] {warehouse, row[0], row[1]});
      carried.add(new Object[] {carrier, warehouse, row[0], row[1]});
      delivered.add(new Object[] {now, warehouse, row[0], row[1]});
      among.add(row[0]);
      among.add(row[1]);
    }
    for (int count :
        sql.batch(
            "delete from new_order where no_w_id = ? and no_d_id = ? and no_o_id = ?", keys)) {
      if (count != 1) {
        throw new SQLException("An order was delivered by two transactions", "XX000");
      }
    }
    sql.batch(
        "update orders set o_carrier_id = ? where o_w_id = ? and o_d_id = ? and o_id = ?", carried);
    sql.batch(
        "update order_line set ol_delivery_d = ?"
            + " where ol_w_id = ? and ol_d_id = ? and ol_o_id = ?",
        delivered);
    pay(sql, among, oldest.size());
    return true;
  }

  /** Adds the sum of each order to the balance of its customer. */
  private void pay(Statements sql, List<Object> among, int orders) throws SQLException {
    String pairs = "((?, ?)" + ", (?, ?)".repeat(orders - 1) + ")";
    Map<Integer, BigDecimal> sums = new HashMap<>();
    for (Object[] row :
        sql.rows(
            "select ol_d_id, sum(ol_amount) from order_line"
                + " where ol_w_id = ? and (ol_d_id, ol_o_id) in "
                + pairs
                + " group by ol_d_id order by ol_d_id",
            among.toArray())) {
      sums.put(Statements.number(row[0]), (BigDecimal) row[1]);
    }
    List<Object[]> balances = new ArrayList<>();
    for (Object[] row :
        sql.rows(
            "select o_d_id, o_c_id from orders where o_w_id = ? and (o_d_id, o_id) in "
                + pairs
                + " order by o_d_id",
            among.toArray())) {
      balances.add(new Object[] {sums.get(Statements.number(row[0])), warehouse, row[0], row[1]});
    }
    sql.batch(
        "update customer set c_balance = c_balance + ?, c_delivery_cnt = c_delivery_cnt + 1"
            + " where c_w_id = ? and c_d_id = ? and c_id = ?",
        balances);
  }
}
