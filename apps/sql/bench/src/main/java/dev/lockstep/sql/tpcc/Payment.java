package dev.lockstep.sql.tpcc;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.sql.Timestamp;

/**
 * Clause 2.5: a customer pays.
 *
 * @param id of the line in the history
 */
record Payment(
    int warehouse, int district, Customer customer, BigDecimal amount, String id, Timestamp now)
    implements Work {
  private static final int DATA_MAX = 500;

  static Payment draw(Draw draw, Scale scale, int warehouse, String id) {
    boolean remote = scale.warehouses() > 1 && draw.percent(15);
    int district = draw.number(1, Scale.DISTRICTS);
    return new Payment(
        warehouse,
        district,
        remote
            ? Customer.draw(
                draw, NewOrder.other(draw, scale, warehouse), draw.number(1, Scale.DISTRICTS))
            : Customer.draw(draw, warehouse, district),
        draw.decimal(100, 500_000, 2),
        id,
        new Timestamp(System.currentTimeMillis()));
  }

  @Override
  public Kind kind() {
    return Kind.PAYMENT;
  }

  @Override
  public boolean run(Statements sql) throws SQLException {
    sql.change("update warehouse set w_ytd = w_ytd + ? where w_id = ?", amount, warehouse);
    sql.change(
        "update district set d_ytd = d_ytd + ? where d_w_id = ? and d_id = ?",
        amount,
        warehouse,
        district);
    Object[] names =
        sql.row(
            "select w_name, d_name from district join warehouse on w_id = d_w_id"
                + " where d_w_id = ? and d_id = ?",
            warehouse,
            district);
    int number = customer.find(sql);
    Object[] row =
        sql.row(
            "select c_credit, c_data from customer where c_w_id = ? and c_d_id = ? and c_id = ?",
            customer.warehouse(),
            customer.district(),
            number);
    String data = (String) row[1];
    if (row[0].equals("BC")) {
      String more =
          String.join(
              " ",
              "" + number,
              "" + customer.district(),
              "" + customer.warehouse(),
              "" + district,
              "" + warehouse,
              amount.toPlainString(),
              data);
      data = more.substring(0, Math.min(DATA_MAX, more.length()));
    }
    sql.change(
        "update customer set c_balance = c_balance - ?, c_ytd_payment = c_ytd_payment + ?,"
            + " c_payment_cnt = c_payment_cnt + 1, c_data = ?"
            + " where c_w_id = ? and c_d_id = ? and c_id = ?",
        amount,
        amount,
        data,
        customer.warehouse(),
        customer.district(),
        number);
    sql.change(
        "insert into history (h_id, h_c_id, h_c_d_id, h_c_w_id, h_d_id, h_w_id, h_date, h_amount,"
            + " h_data) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        number,
        customer.district(),
        customer.warehouse(),
        district,
        warehouse,
        now,
        amount,
        names[0] + "    " + names[1]);
    return true;
  }
}
