package dev.lockstep.sql.tpcc;

import dev.lockstep.sql.bench.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What must hold in the tables between any two transactions: conditions 1 to 10 and 12 of clause
 * 3.3.2. Each is a query for what contradicts it. (Condition 11 only speaks of the load.)
 */
public final class Conditions {
  private static final Map<Integer, String> VIOLATIONS = new LinkedHashMap<>();

  static {
    VIOLATIONS.put(
        1,
        """
        select count(*) from warehouse
          join (select d_w_id, sum(d_ytd) as ytd from district group by d_w_id) d on d_w_id = w_id
          where w_ytd <> ytd
        """);
    VIOLATIONS.put(
        2,
        """
        select count(*) from district
          left join (select o_w_id, o_d_id, max(o_id) as last_o from orders
            group by o_w_id, o_d_id) o on o_w_id = d_w_id and o_d_id = d_id
          left join (select no_w_id, no_d_id, max(no_o_id) as last_no from new_order
            group by no_w_id, no_d_id) n on no_w_id = d_w_id and no_d_id = d_id
          where d_next_o_id - 1 <> last_o or d_next_o_id - 1 <> coalesce(last_no, last_o)
        """);
    VIOLATIONS.put(
        3,
        """
        select count(*) from (select max(no_o_id) - min(no_o_id) + 1 as span, count(*) as rows_
            from new_order group by no_w_id, no_d_id) n
          where span <> rows_
        """);
    VIOLATIONS.put(
        4,
        """
        select count(*) from (select o_w_id, o_d_id, sum(o_ol_cnt) as lines from orders
            group by o_w_id, o_d_id) o
          join (select ol_w_id, ol_d_id, count(*) as rows_ from order_line
            group by ol_w_id, ol_d_id) l on ol_w_id = o_w_id and ol_d_id = o_d_id
          where lines <> rows_
        """);
    VIOLATIONS.put(
        5,
        """
        select count(*) from orders
          left join new_order on no_w_id = o_w_id and no_d_id = o_d_id and no_o_id = o_id
          where (o_carrier_id is null and no_o_id is null)
            or (o_carrier_id is not null and no_o_id is not null)
        """);
    VIOLATIONS.put(
        6,
        """
        select count(*) from orders
          left join (select ol_w_id, ol_d_id, ol_o_id, count(*) as rows_ from order_line
            group by ol_w_id, ol_d_id, ol_o_id) l
            on ol_w_id = o_w_id and ol_d_id = o_d_id and ol_o_id = o_id
          where o_ol_cnt <> coalesce(rows_, 0)
        """);
    VIOLATIONS.put(
        7,
        """
        select count(*) from order_line
          join orders on o_w_id = ol_w_id and o_d_id = ol_d_id and o_id = ol_o_id
          where (ol_delivery_d is null and o_carrier_id is not null)
            or (ol_delivery_d is not null and o_carrier_id is null)
        """);
    VIOLATIONS.put(
        8,
        """
        select count(*) from warehouse
          join (select h_w_id, sum(h_amount) as paid from history group by h_w_id) h
            on h_w_id = w_id
          where w_ytd <> paid
        """);
    VIOLATIONS.put(
        9,
        """
        select count(*) from district
          join (select h_w_id, h_d_id, sum(h_amount) as paid from history
            group by h_w_id, h_d_id) h on h_w_id = d_w_id and h_d_id = d_id
          where d_ytd <> paid
        """);
    String delivered =
        """
        (select o_w_id, o_d_id, o_c_id, sum(ol_amount) as bought from orders
            join order_line on ol_w_id = o_w_id and ol_d_id = o_d_id and ol_o_id = o_id
            where ol_delivery_d is not null group by o_w_id, o_d_id, o_c_id) o
            on o_w_id = c_w_id and o_d_id = c_d_id and o_c_id = c_id
        """;
    VIOLATIONS.put(
        10,
        "select count(*) from customer left join "
            + delivered
            + """
              left join (select h_c_w_id, h_c_d_id, h_c_id, sum(h_amount) as paid from history
                group by h_c_w_id, h_c_d_id, h_c_id) h
                on h_c_w_id = c_w_id and h_c_d_id = c_d_id and h_c_id = c_id
              where c_balance <> coalesce(bought, 0) - coalesce(paid, 0)
            """);
    VIOLATIONS.put(
        12,
        "select count(*) from customer left join "
            + delivered
            + " where c_balance + c_ytd_payment <> coalesce(bought, 0)");
  }

  private Conditions() {}

  /** The numbers of the conditions that do not hold. */
  public static List<Integer> violated(Database database) throws SQLException {
    List<Integer> violated = new ArrayList<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      for (Map.Entry<Integer, String> condition : VIOLATIONS.entrySet()) {
        try (ResultSet row = statement.executeQuery(condition.getValue().strip())) {
          row.next();
          if (row.getLong(1) > 0) {
            violated.add(condition.getKey());
          }
        }
      }
      connection.commit();
    }
    return violated;
  }
}
