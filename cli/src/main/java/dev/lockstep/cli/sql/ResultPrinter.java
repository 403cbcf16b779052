package dev.lockstep.cli.sql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/** Prints results as tables for people, or as JSON, an object on a line for each statement. */
final class ResultPrinter {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final PrintWriter out;
  private final boolean json;

  ResultPrinter(PrintWriter out, boolean json) {
    this.out = out;
    this.json = json;
  }

  /**
   * Prints all rows.
   *
   * @param only these columns, by their labels; none for all
   */
  void rows(ResultSet rows, String... only) throws SQLException {
    rows(rows, row -> true, only);
  }

  /** Prints those rows that are wanted, each told by its values. */
  void rows(ResultSet rows, Predicate<Object[]> wanted, String... only) throws SQLException {
    ResultSetMetaData meta = rows.getMetaData();
    List<String> columns = new ArrayList<>();
    List<Integer> numbers = new ArrayList<>();
    for (int i = 1; i <= meta.getColumnCount(); i++) {
      if (only.length == 0
          || Arrays.asList(only).contains(meta.getColumnLabel(i).toUpperCase(Locale.ROOT))) {
        columns.add(meta.getColumnLabel(i));
        numbers.add(i);
      }
    }
    List<Object[]> values = new ArrayList<>();
    while (rows.next()) {
      Object[] row = new Object[columns.size()];
      for (int i = 0; i < row.length; i++) {
        Object value = rows.getObject(numbers.get(i));
        boolean plain = value == null || value instanceof Number || value instanceof Boolean;
        row[i] = plain ? value : rows.getString(numbers.get(i));
      }
      if (wanted.test(row)) {
        values.add(row);
      }
    }
    if (json) {
      print(map("columns", columns, "rows", values));
    } else {
      table(columns, values);
    }
  }

  /** Prints how many rows a statement changed. */
  void count(long count, double seconds) {
    if (json) {
      print(map("count", count));
    } else {
      out.printf(
          Locale.ROOT, "%d %s changed (%.3f s)%n", count, count == 1 ? "row" : "rows", seconds);
    }
    out.flush();
  }

  /** Prints a sentence about what was done. */
  void done(String what) {
    if (json) {
      print(map("done", what));
    } else {
      out.println(what);
    }
    out.flush();
  }

  private static Map<String, Object> map(Object... pairs) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put((String) pairs[i], pairs[i + 1]);
    }
    return map;
  }

  private void print(Object value) {
    try {
      out.println(JSON.writeValueAsString(value));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("plain values can be written", e);
    }
    out.flush();
  }

  private void table(List<String> columns, List<Object[]> rows) {
    int[] widths = columns.stream().mapToInt(String::length).toArray();
    List<String[]> texts = new ArrayList<>();
    for (Object[] row : rows) {
      String[] text = new String[row.length];
      for (int i = 0; i < row.length; i++) {
        text[i] = text(row[i]);
        widths[i] = Math.max(widths[i], text[i].length());
      }
      texts.add(text);
    }
    StringBuilder rule = new StringBuilder("+");
    Arrays.stream(widths).forEach(width -> rule.append("-".repeat(width + 2)).append('+'));
    out.println(rule);
    line(columns.toArray(), columns.toArray(new String[0]), widths);
    out.println(rule);
    for (int i = 0; i < rows.size(); i++) {
      line(rows.get(i), texts.get(i), widths);
    }
    if (!rows.isEmpty()) {
      out.println(rule);
    }
    out.println(rows.size() + (rows.size() == 1 ? " row" : " rows"));
    out.flush();
  }

  private static String text(Object value) {
    if (value == null) {
      return "NULL";
    }
    String text = value instanceof BigDecimal number ? number.toPlainString() : value.toString();
    return text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t");
  }

  private void line(Object[] values, String[] texts, int[] widths) {
    StringBuilder line = new StringBuilder("|");
    for (int i = 0; i < texts.length; i++) {
      String space = " ".repeat(widths[i] - texts[i].length());
      boolean right = values[i] instanceof Number;
      line.append(' ').append(right ? space + texts[i] : texts[i] + space).append(" |");
    }
    out.println(line);
  }
}
