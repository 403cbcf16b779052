package dev.lockstep.sql.tpcc;

import java.sql.SQLException;
import java.util.List;

/**
 * Whom a transaction is about: a customer by number, or, six times of ten, by last name.
 *
 * @param lastNameOrNull null if the number counts
 */
record Customer(int warehouse, int district, int number, String lastNameOrNull) {

  static Customer draw(Draw draw, int warehouse, int district) {
    return draw.percent(60)
        ? new Customer(warehouse, district, 0, draw.lastName())
        : new Customer(warehouse, district, draw.customer(), null);
  }

  /** The number; of customers with the same name that of the one in the middle. */
  int find(Statements sql) throws SQLException {
    if (lastNameOrNull == null) {
      return number;
    }
    List<Object[]> rows =
        sql.rows(
            "select c_id from customer where c_w_id = ? and c_d_id = ? and c_last = ?"
                + " order by c_first, c_id",
            warehouse,
            district,
            lastNameOrNull);
    if (rows.isEmpty()) {
      throw new SQLException("Nobody is called " + lastNameOrNull, "02000");
    }
    return Statements.number(rows.get((rows.size() - 1) / 2)[0]);
  }
}
