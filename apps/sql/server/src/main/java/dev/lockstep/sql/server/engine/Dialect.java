package dev.lockstep.sql.server.engine;

/** What SQL a database speaks. */
public enum Dialect {
  H2("H2", "PUBLIC"),
  POSTGRESQL("PostgreSQL", "public");

  private final String product;
  private final String defaultSchema;

  Dialect(String product, String defaultSchema) {
    this.product = product;
    this.defaultSchema = defaultSchema;
  }

  /** What people call the database. */
  public String product() {
    return product;
  }

  /** Where names are sought that have no schema. */
  public String defaultSchema() {
    return defaultSchema;
  }

  /** How a name is stored that is written without quotes. */
  public String folded(String name) {
    return this == H2
        ? name.toUpperCase(java.util.Locale.ROOT)
        : name.toLowerCase(java.util.Locale.ROOT);
  }

  /** A name as it is stored, to be put into a statement. */
  public static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
