package dev.lockstep.sql.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Groups of bars from zero on, with their values above them, as SVG. */
public final class BarChart {
  private record Series(String name, List<Double> values) {}

  private static final String[] COLORS = {"#1b6ca8", "#d1495b", "#3a7d44", "#7b4fa3"};
  private static final int WIDTH = 900;
  private static final int HEIGHT = 480;
  private static final int LEFT = 76;
  private static final int RIGHT = 24;
  private static final int TOP = 84;
  private static final int BOTTOM = 54;
  private static final int LINES = 5;

  private final String title;
  private final String unit;
  private final List<String> groups;
  private final List<Series> series = new ArrayList<>();
  private double most;

  /**
   * @param unit of all values, written up the side
   * @param groups names below the bars
   */
  public BarChart(String title, String unit, List<String> groups) {
    this.title = title;
    this.unit = unit;
    this.groups = List.copyOf(groups);
  }

  /** Adds a bar to each group. */
  public void add(String name, List<Double> values) {
    if (values.size() != groups.size()) {
      throw new IllegalArgumentException(
          values.size() + " values for " + groups.size() + " groups of bars");
    }
    series.add(new Series(name, List.copyOf(values)));
    values.forEach(value -> most = Math.max(most, value));
  }

  /** The drawing. */
  public String toSvg() {
    StringBuilder svg = new StringBuilder();
    svg.append(
        format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\""
                + " height=\"%d\" font-family=\"sans-serif\" font-size=\"13\">%n",
            WIDTH, HEIGHT, WIDTH, HEIGHT));
    svg.append("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
    text(svg, LEFT, 28, "start", 17, title);
    double step = step();
    double top = step * LINES;
    for (int i = 0; i <= LINES; i++) {
      double y = y(step * i, top);
      svg.append(
          format(
              "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#dddddd\"/>%n",
              LEFT, y, WIDTH - RIGHT, y));
      text(svg, LEFT - 8, y + 4, "end", 12, number(step * i));
    }
    svg.append(
        format(
            "<text transform=\"translate(20 %d) rotate(-90)\" text-anchor=\"middle\">%s</text>%n",
            (TOP + HEIGHT - BOTTOM) / 2, escaped(unit)));
    double groupWidth = (double) (WIDTH - LEFT - RIGHT) / Math.max(1, groups.size());
    for (int group = 0; group < groups.size(); group++) {
      group(svg, group, groupWidth, top);
    }
    int legend = LEFT;
    for (int i = 0; i < series.size(); i++) {
      svg.append(
          format(
              "<rect x=\"%d\" y=\"46\" width=\"14\" height=\"14\" fill=\"%s\"/>%n",
              legend, color(i)));
      text(svg, legend + 20, 58, "start", 13, series.get(i).name);
      legend += 40 + 8 * series.get(i).name.length();
    }
    return svg.append("</svg>\n").toString();
  }

  private void group(StringBuilder svg, int group, double groupWidth, double top) {
    double left = LEFT + groupWidth * group;
    double barWidth = groupWidth * 0.8 / Math.max(1, series.size());
    for (int i = 0; i < series.size(); i++) {
      double value = series.get(i).values.get(group);
      double x = left + groupWidth * 0.1 + barWidth * i;
      double y = y(value, top);
      svg.append(
          format(
              "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>%n",
              x + 1, y, barWidth - 2, HEIGHT - BOTTOM - y, color(i)));
      text(svg, x + barWidth / 2, y - 5, "middle", 11, number(value));
    }
    text(svg, left + groupWidth / 2, HEIGHT - BOTTOM + 22, "middle", 13, groups.get(group));
  }

  /** A round number of which five are enough for the highest bar. */
  private double step() {
    double least = Math.max(most, 1e-9) / LINES;
    double power = Math.pow(10, Math.floor(Math.log10(least)));
    for (double factor : new double[] {1, 2, 2.5, 5}) {
      if (factor * power >= least) {
        return factor * power;
      }
    }
    return 10 * power;
  }

  private static double y(double value, double top) {
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top;
  }

  private static String color(int series) {
    return COLORS[series % COLORS.length];
  }

  private static String number(double value) {
    if (value >= 10 || value == 0) {
      return format("%.0f", value);
    }
    return value >= 1 ? format("%.1f", value) : format("%.2f", value);
  }

  private static void text(
      StringBuilder svg, double x, double y, String anchor, int size, String text) {
    svg.append(
        format(
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\">%s</text>%n",
            x, y, anchor, size, escaped(text)));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
