package dev.lockstep.sql.tpcc;

import dev.lockstep.sql.bench.Database;
import dev.lockstep.sql.bench.Workers;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Fills the tables, as clause 4.3.3 of the specification has it. */
public final class Loader {
  private static final int THREADS_MAX = 4;
  private static final BigDecimal FIRST_PAYMENT = new BigDecimal("10.00");

  private final Scale scale;
  private final Timestamp now = new Timestamp(System.currentTimeMillis());

  private Loader(Scale scale) {
    this.scale = scale;
  }

  /**
   * Makes the tables anew and fills them.
   *
   * @param progress is told, in words, how far it is; by any thread
   */
  public static void load(Database database, Scale scale, Consumer<String> progress)
      throws Exception {
    Loader loader = new Loader(scale);
    try (Connection connection = database.connect()) {
      Tables.create(connection);
      loader.items(connection);
    }
    progress.accept(scale.items() + " items are loaded");
    AtomicInteger next = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    Workers.run(
        Math.min(THREADS_MAX, scale.warehouses()),
        "lockstep-sql-load",
        any -> {
          try (Connection connection = database.connect()) {
            for (int warehouse = next.incrementAndGet();
                warehouse <= scale.warehouses();
                warehouse = next.incrementAndGet()) {
              loader.warehouse(connection, warehouse);
              progress.accept(
                  done.incrementAndGet() + " of " + scale.warehouses() + " warehouses are loaded");
            }
          }
        });
    try (Connection connection = database.connect()) {
      Tables.index(connection);
    }
  }

  /** What the customers of a district have paid at the start. */
  private BigDecimal paid() {
    return FIRST_PAYMENT.multiply(BigDecimal.valueOf(scale.customers()));
  }

  private void items(Connection connection) throws SQLException {
    Draw draw = new Draw(scale, 0);
    try (BatchInsert items = new BatchInsert(connection, "item", 5)) {
      for (int i = 1; i <= scale.items(); i++) {
        items.add(
            i,
            draw.number(1, 10_000),
            draw.text(14, 24),
            draw.decimal(100, 10_000, 2),
            draw.data());
      }
    }
  }

  private void warehouse(Connection connection, int warehouse) throws SQLException {
    Draw draw = new Draw(scale, warehouse);
    try (BatchInsert warehouses = new BatchInsert(connection, "warehouse", 9)) {
      warehouses.add(
          warehouse,
          draw.text(6, 10),
          draw.text(10, 20),
          draw.text(10, 20),
          draw.text(10, 20),
          draw.text(2, 2),
          draw.zip(),
          draw.decimal(0, 2000, 4),
          paid().multiply(BigDecimal.valueOf(Scale.DISTRICTS)));
    }
    try (BatchInsert stock = new BatchInsert(connection, "stock", 17)) {
      for (int item = 1; item <= scale.items(); item++) {
        Object[] row = new Object[17];
        row[0] = warehouse;
        row[1] = item;
        row[2] = draw.number(10, 100);
        for (int i = 0; i < Scale.DISTRICTS; i++) {
          row[3 + i] = draw.text(24, 24);
        }
        row[13] = 0;
        row[14] = 0;
        row[15] = 0;
        row[16] = draw.data();
        stock.add(row);
      }
    }
    for (int district = 1; district <= Scale.DISTRICTS; district++) {
      district(connection, draw, warehouse, district);
    }
  }

  private void district(Connection connection, Draw draw, int warehouse, int district)
      throws SQLException {
    try (BatchInsert districts = new BatchInsert(connection, "district", 11)) {
      districts.add(
          warehouse,
          district,
          draw.text(6, 10),
          draw.text(10, 20),
          draw.text(10, 20),
          draw.text(10, 20),
          draw.text(2, 2),
          draw.zip(),
          draw.decimal(0, 2000, 4),
          paid(),
          scale.customers() + 1);
    }
    customers(connection, draw, warehouse, district);
    orders(connection, draw, warehouse, district);
  }

  private void customers(Connection connection, Draw draw, int warehouse, int district)
      throws SQLException {
    try (BatchInsert customers = new BatchInsert(connection, "customer", 21);
        BatchInsert history = new BatchInsert(connection, "history", 9)) {
      for (int customer = 1; customer <= scale.customers(); customer++) {
        customers.add(
            warehouse,
            district,
            customer,
            draw.text(8, 16),
            "OE",
            draw.lastNameOf(customer),
            draw.text(10, 20),
            draw.text(10, 20),
            draw.text(10, 20),
            draw.text(2, 2),
            draw.zip(),
            draw.digits(16),
            now,
            draw.percent(10) ? "BC" : "GC",
            new BigDecimal("50000.00"),
            draw.decimal(0, 5000, 4),
            FIRST_PAYMENT.negate(),
            FIRST_PAYMENT,
            1,
            0,
            draw.text(300, 500));
        history.add(
            "load-" + warehouse + "-" + district + "-" + customer,
            customer,
            district,
            warehouse,
            district,
            warehouse,
            now,
            FIRST_PAYMENT,
            draw.text(12, 24));
      }
    }
  }

  private void orders(Connection connection, Draw draw, int warehouse, int district)
      throws SQLException {
    int[] customers = draw.permutation(scale.customers());
    try (BatchInsert orders = new BatchInsert(connection, "orders", 8);
        BatchInsert lines = new BatchInsert(connection, "order_line", 10);
        BatchInsert news = new BatchInsert(connection, "new_order", 3)) {
      for (int order = 1; order <= customers.length; order++) {
        boolean delivered = order < scale.firstUndelivered();
        int count = draw.number(5, 15);
        orders.add(
            warehouse,
            district,
            order,
            customers[order - 1],
            now,
            delivered ? draw.number(1, 10) : null,
            count,
            1);
        for (int line = 1; line <= count; line++) {
          lines.add(
              warehouse,
              district,
              order,
              line,
              draw.number(1, scale.items()),
              warehouse,
              delivered ? now : null,
              5,
              delivered ? BigDecimal.ZERO.setScale(2) : draw.decimal(1, 999_999, 2),
              draw.text(24, 24));
        }
        if (!delivered) {
          news.add(warehouse, district, order);
        }
      }
    }
  }
}
