package dev.lockstep.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Throughput over time with marked events, for the terminal and as an SVG.
 *
 * @param rates operations per second, one for each piece of time
 * @param pieceSeconds how long a piece is
 * @param events ascending by time
 */
record Chart(double[] rates, double pieceSeconds, List<Event> events) {
  private static final int ROWS = 8;
  private static final String BLOCKS = " ▁▂▃▄▅▆▇█";
  private static final int LABEL = 8;

  private static final int WIDTH = 960;
  private static final int HEIGHT = 360;
  private static final int LEFT = 70;
  private static final int RIGHT = 20;
  private static final int TOP = 30;
  private static final int BOTTOM = 110;

  /**
   * Something that happened.
   *
   * @param seconds since the first piece began
   */
  record Event(double seconds, String what) {
    String mark(int index) {
      return String.valueOf((char) ('A' + index));
    }
  }

  private double highest() {
    return Math.max(1, Arrays.stream(rates).max().orElse(1));
  }

  /**
   * Lines for a terminal.
   *
   * @param columns at most; as many pieces as needed are shown as one
   * @param unicode false if the terminal knows nothing but ASCII
   */
  String text(int columns, boolean unicode) {
    int room = Math.max(10, columns - LABEL - 1);
    int merged = Math.max(1, (rates.length + room - 1) / room);
    double[] shown = new double[(rates.length + merged - 1) / merged];
    for (int i = 0; i < shown.length; i++) {
      int end = Math.min(rates.length, (i + 1) * merged);
      shown[i] = Arrays.stream(rates, i * merged, end).average().orElse(0);
    }
    double top = highest();
    StringBuilder text = new StringBuilder();
    for (int row = ROWS - 1; row >= 0; row--) {
      String label = row == ROWS - 1 ? number(top) : row == 0 ? "0" : "";
      text.append(String.format("%" + (LABEL - 1) + "s ", label));
      for (double rate : shown) {
        double part = rate / top * ROWS - row;
        int eighths = (int) Math.round(Math.max(0, Math.min(1, part)) * 8);
        if (row == 0 && rate > 0 && eighths == 0) {
          eighths = 1;
        }
        text.append(unicode ? BLOCKS.charAt(eighths) : eighths >= 4 ? '#' : ' ');
      }
      text.append('\n');
    }
    char[] marks = new char[shown.length];
    Arrays.fill(marks, unicode ? '─' : '-');
    for (int i = 0; i < events.size(); i++) {
      int column = (int) (events.get(i).seconds / pieceSeconds / merged);
      marks[Math.max(0, Math.min(marks.length - 1, column))] = events.get(i).mark(i).charAt(0);
    }
    text.append(" ".repeat(LABEL)).append(marks).append('\n');
    for (int i = 0; i < events.size(); i++) {
      Event event = events.get(i);
      text.append(
          String.format(
              Locale.ROOT, "%10s %5.1f s  %s%n", event.mark(i), event.seconds, event.what));
    }
    return text.toString();
  }

  private static String number(double rate) {
    return String.format(
        Locale.ROOT, rate < 10_000 ? "%.0f/s" : "%.0fk/s", rate < 10_000 ? rate : rate / 1000);
  }

  /** The same as an SVG document. */
  String svg(String title) {
    double top = highest();
    double total = rates.length * pieceSeconds;
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
                + " font-family=\"sans-serif\" font-size=\"12\">%n"
                + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n"
                + "<text x=\"%d\" y=\"18\" font-size=\"14\">%s</text>%n",
            WIDTH,
            HEIGHT + 18 * events.size(),
            LEFT,
            escape(title)));
    for (int i = 0; i <= 4; i++) {
      double rate = top * i / 4;
      double y = y(rate, top);
      svg.append(
          String.format(
              Locale.ROOT,
              "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>%n"
                  + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>%n",
              LEFT,
              y,
              WIDTH - RIGHT,
              y,
              LEFT - 6,
              y + 4,
              number(rate)));
    }
    for (int second = 0; second <= total; second += 5) {
      svg.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d s</text>%n",
              x(second, total),
              HEIGHT - BOTTOM + 18,
              second));
    }
    svg.append("<path fill=\"#4a7ebb\" fill-opacity=\"0.35\" stroke=\"#2b5797\" d=\"");
    svg.append(String.format(Locale.ROOT, "M%.1f,%.1f", x(0, total), y(0, top)));
    for (int i = 0; i < rates.length; i++) {
      svg.append(
          String.format(
              Locale.ROOT,
              " L%.1f,%.1f L%.1f,%.1f",
              x(i * pieceSeconds, total),
              y(rates[i], top),
              x((i + 1) * pieceSeconds, total),
              y(rates[i], top)));
    }
    svg.append(String.format(Locale.ROOT, " L%.1f,%.1f Z\"/>%n", x(total, total), y(0, top)));
    for (int i = 0; i < events.size(); i++) {
      Event event = events.get(i);
      double x = x(event.seconds, total);
      svg.append(
          String.format(
              Locale.ROOT,
              "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#c0392b\""
                  + " stroke-dasharray=\"4 3\"/>%n"
                  + "<text x=\"%.1f\" y=\"%d\" fill=\"#c0392b\" text-anchor=\"middle\">%s</text>%n"
                  + "<text x=\"%d\" y=\"%d\">%s   %.1f s   %s</text>%n",
              x,
              TOP,
              x,
              HEIGHT - BOTTOM,
              x,
              HEIGHT - BOTTOM + 36,
              event.mark(i),
              LEFT,
              HEIGHT - BOTTOM + 66 + 18 * i,
              event.mark(i),
              event.seconds,
              escape(event.what)));
    }
    return svg.append("</svg>\n").toString();
  }

  private static double x(double seconds, double total) {
    return LEFT + (WIDTH - LEFT - RIGHT) * Math.min(1, seconds / Math.max(total, 0.001));
  }

  private static double y(double rate, double top) {
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * rate / top;
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
