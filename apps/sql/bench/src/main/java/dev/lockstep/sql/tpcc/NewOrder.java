package dev.lockstep.sql.tpcc;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Clause 2.4: a customer orders 5 to 15 items.
 *
 * @param lines what is ordered; of one order in a hundred the last item does not exist
 */
record NewOrder(
    int warehouse, int district, int customer, List<Line> lines, boolean failing, Timestamp now)
    implements Work {

  /** One item of an order. */
  record Line(int item, int supplier, int quantity) {}

  private record Stock(int quantity, String information) {}

  private static final int NO_ITEM = -1;

  static NewOrder draw(Draw draw, Scale scale, int warehouse) {
    boolean failing = draw.percent(1);
    int count = draw.number(5, 15);
    List<Line> lines = new ArrayList<>();
    TreeSet<Integer> items = new TreeSet<>();
    while (items.size() < count) {
      items.add(draw.item());
    }
    for (int item : items) {
      boolean remote = scale.warehouses() > 1 && draw.percent(1);
      lines.add(
          new Line(
              failing && lines.size() == count - 1 ? NO_ITEM : item,
              remote ? other(draw, scale, warehouse) : warehouse,
              draw.number(1, 10)));
    }
    return new NewOrder(
        warehouse,
        draw.number(1, Scale.DISTRICTS),
        draw.customer(),
        lines,
        failing,
        new Timestamp(System.currentTimeMillis()));
  }

  /** Any warehouse but this one. */
  static int other(Draw draw, Scale scale, int warehouse) {
    int other = draw.number(1, scale.warehouses() - 1);
    return other < warehouse ? other : other + 1;
  }

  @Override
  public Kind kind() {
    return Kind.NEW_ORDER;
  }

  @Override
  public boolean run(Statements sql) throws SQLException {
    Object[] customer =
        sql.row(
            "select c_discount, w_tax from customer join warehouse on w_id = c_w_id"
                + " where c_w_id = ? and c_d_id = ? and c_id = ?",
            warehouse,
            district,
            this.customer);
    // Changed before it is read: whoever comes second must not work for nothing.
    sql.change(
        "update district set d_next_o_id = d_next_o_id + 1 where d_w_id = ? and d_id = ?",
        warehouse,
        district);
    Object[] row =
        sql.row(
            "select d_next_o_id, d_tax from district where d_w_id = ? and d_id = ?",
            warehouse,
            district);
    int order = Statements.number(row[0]) - 1;
    boolean allLocal = lines.stream().allMatch(line -> line.supplier == warehouse);
    sql.change(
        "insert into orders (o_w_id, o_d_id, o_id, o_c_id, o_entry_d, o_carrier_id, o_ol_cnt,"
            + " o_all_local) values (?, ?, ?, ?, ?, null, ?, ?)",
        warehouse,
        district,
        order,
        this.customer,
        now,
        lines.size(),
        allLocal ? 1 : 0);
    sql.change(
        "insert into new_order (no_w_id, no_d_id, no_o_id) values (?, ?, ?)",
        warehouse,
        district,
        order);
    Map<Integer, BigDecimal> prices = prices(sql);
    if (prices.size() < lines.size()) {
      return false;
    }
    BigDecimal total = addLines(sql, order, prices, stocks(sql));
    // The amount that the terminal would show.
    BigDecimal factor =
        BigDecimal.ONE
            .subtract((BigDecimal) customer[0])
            .multiply(BigDecimal.ONE.add((BigDecimal) customer[1]).add((BigDecimal) row[1]));
    return total.multiply(factor).setScale(2, RoundingMode.HALF_UP).signum() >= 0;
  }

  private Map<Integer, BigDecimal> prices(Statements sql) throws SQLException {
    Object[] items = lines.stream().map(line -> (Object) line.item).toArray();
    Map<Integer, BigDecimal> prices = new HashMap<>();
    for (Object[] row :
        sql.rows(
            "select i_id, i_price from item where i_id in "
                + Statements.list(items.length)
                + " order by i_id",
            items)) {
      prices.put(Statements.number(row[0]), (BigDecimal) row[1]);
    }
    return prices;
  }

  /** The stock of all lines, by their suppliers, with one round trip for each of these. */
  private Map<Line, Stock> stocks(Statements sql) throws SQLException {
    Map<Integer, Map<Integer, Line>> bySupplier = new TreeMap<>();
    for (Line line : lines) {
      bySupplier.computeIfAbsent(line.supplier, any -> new TreeMap<>()).put(line.item, line);
    }
    Map<Line, Stock> stocks = new HashMap<>();
    for (Map.Entry<Integer, Map<Integer, Line>> supplied : bySupplier.entrySet()) {
      List<Object> values = new ArrayList<>(List.of(supplied.getKey()));
      values.addAll(supplied.getValue().keySet());
      for (Object[] row :
          sql.rows(
              "select s_i_id, s_quantity, s_dist_"
                  + (district < 10 ? "0" : "")
                  + district
                  + " from stock where s_w_id = ? and s_i_id in "
                  + Statements.list(values.size() - 1)
                  + " order by s_i_id",
              values.toArray())) {
        stocks.put(
            supplied.getValue().get(Statements.number(row[0])),
            new Stock(Statements.number(row[1]), (String) row[2]));
      }
    }
    return stocks;
  }

  private BigDecimal addLines(
      Statements sql, int order, Map<Integer, BigDecimal> prices, Map<Line, Stock> stocks)
      throws SQLException {
    List<Object[]> stockRows = new ArrayList<>();
    List<Object[]> lineRows = new ArrayList<>();
    BigDecimal total = BigDecimal.ZERO;
    for (Line line : lines) {
      Stock stock = stocks.get(line);
      int left = stock.quantity - line.quantity;
      BigDecimal amount =
          prices.get(line.item).multiply(BigDecimal.valueOf(line.quantity)).setScale(2);
      total = total.add(amount);
      stockRows.add(
          new Object[] {
            left >= 10 ? left : left + 91,
            line.quantity,
            line.supplier == warehouse ? 0 : 1,
            line.supplier,
            line.item
          });
      lineRows.add(
          new Object[] {
            warehouse,
            district,
            order,
            lineRows.size() + 1,
            line.item,
            line.supplier,
            line.quantity,
            amount,
            stock.information
          });
    }
    sql.batch(
        "update stock set s_quantity = ?, s_ytd = s_ytd + ?, s_order_cnt = s_order_cnt + 1,"
            + " s_remote_cnt = s_remote_cnt + ? where s_w_id = ? and s_i_id = ?",
        stockRows);
    sql.batch(
        "insert into order_line (ol_w_id, ol_d_id, ol_o_id, ol_number, ol_i_id, ol_supply_w_id,"
            + " ol_delivery_d, ol_quantity, ol_amount, ol_dist_info)"
            + " values (?, ?, ?, ?, ?, ?, null, ?, ?, ?)",
        lineRows);
    return total;
  }
}
