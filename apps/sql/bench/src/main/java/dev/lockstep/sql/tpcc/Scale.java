package dev.lockstep.sql.tpcc;

/**
 * How large the database is.
 *
 * @param warehouses which everything but the items grows with
 * @param items sold by all warehouses; 100,000 in the specification
 * @param customers of each district, and orders that each district begins with; 3,000 in the
 *     specification
 */
public record Scale(int warehouses, int items, int customers) {
  /** Districts of each warehouse. */
  public static final int DISTRICTS = 10;

  private static final int ITEMS = 100_000;
  private static final int CUSTOMERS = 3_000;

  /** Checks the numbers. */
  public Scale {
    if (warehouses < 1 || items < 100 || customers < 30) {
      throw new IllegalArgumentException(
          "A database has at least 1 warehouse, 100 items and 30 customers in a district");
    }
  }

  /** What the specification demands. */
  public static Scale full(int warehouses) {
    return new Scale(warehouses, ITEMS, CUSTOMERS);
  }

  /** A part of that, to try things out; its figures compare with nothing. */
  public static Scale part(int warehouses, int percent) {
    return new Scale(
        warehouses, Math.max(100, ITEMS / 100 * percent), Math.max(30, CUSTOMERS / 100 * percent));
  }

  /** Of the orders at the start the last 30 percent are not delivered yet. */
  int firstUndelivered() {
    return customers - customers * 3 / 10 + 1;
  }
}
