package dev.lockstep.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lines of throughput (across) against latency (up), both on logarithmic scales, as SVG. */
final class LatencyPlot {
  /**
   * One measurement.
   *
   * @param label is written beside it
   */
  record Point(double throughput, double millis, String label) {}

  private record Line(String name, int color, boolean dashed, List<Point> points) {}

  private static final String[] COLORS = {"#1b6ca8", "#d1495b", "#3a7d44", "#7b4fa3"};
  private static final int WIDTH = 900;
  private static final int HEIGHT = 560;
  private static final int LEFT = 76;
  private static final int RIGHT = 190;
  private static final int TOP = 50;
  private static final int BOTTOM = 62;

  private final String title;
  private final List<Line> lines = new ArrayList<>();
  private double leastX = Double.MAX_VALUE;
  private double mostX;
  private double leastY = Double.MAX_VALUE;
  private double mostY;

  LatencyPlot(String title) {
    this.title = title;
  }

  /** Adds a line; its points in their order. Without points there is no line. */
  void add(String name, int color, boolean dashed, List<Point> points) {
    if (points.isEmpty()) {
      return;
    }
    lines.add(new Line(name, color % COLORS.length, dashed, List.copyOf(points)));
    for (Point point : points) {
      leastX = Math.min(leastX, point.throughput);
      mostX = Math.max(mostX, point.throughput);
      leastY = Math.min(leastY, point.millis);
      mostY = Math.max(mostY, point.millis);
    }
  }

  String toSvg() {
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\""
                + " height=\"%d\" font-family=\"sans-serif\" font-size=\"13\">%n",
            WIDTH,
            HEIGHT,
            WIDTH,
            HEIGHT));
    svg.append("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
    text(svg, LEFT, 28, "start", "#222222", 17, title);
    if (!lines.isEmpty()) {
      double fromX = floor(leastX);
      double toX = Math.max(ceiling(mostX), next(fromX));
      double fromY = floor(leastY);
      double toY = Math.max(ceiling(mostY), next(fromY));
      grid(svg, fromX, toX, fromY, toY);
      for (int i = 0; i < lines.size(); i++) {
        draw(svg, lines.get(i), fromX, toX, fromY, toY);
        legend(svg, lines.get(i), i);
      }
    }
    return svg.append("</svg>\n").toString();
  }

  /** The next lower of 1, 2, 5, 10, ... */
  private static double floor(double value) {
    double power = Math.pow(10, Math.floor(Math.log10(value)));
    return value >= 5 * power ? 5 * power : value >= 2 * power ? 2 * power : power;
  }

  private static double ceiling(double value) {
    double step = floor(value);
    return step == value ? value : next(step);
  }

  private static double next(double step) {
    double power = Math.pow(10, Math.floor(Math.log10(step) + 1e-9));
    double digit = Math.rint(step / power);
    return power * (digit == 1 ? 2 : digit == 2 ? 5 : 10);
  }

  private static double x(double value, double from, double to) {
    return LEFT + (WIDTH - LEFT - RIGHT) * Math.log(value / from) / Math.log(to / from);
  }

  private static double y(double value, double from, double to) {
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * Math.log(value / from) / Math.log(to / from);
  }

  private static void grid(StringBuilder svg, double fromX, double toX, double fromY, double toY) {
    for (double value = fromX; value <= toX * 1.001; value = next(value)) {
      double at = x(value, fromX, toX);
      stroke(svg, at, TOP, at, HEIGHT - BOTTOM);
      text(svg, at, HEIGHT - BOTTOM + 20, "middle", "#555555", 12, label(value));
    }
    for (double value = fromY; value <= toY * 1.001; value = next(value)) {
      double at = y(value, fromY, toY);
      stroke(svg, LEFT, at, WIDTH - RIGHT, at);
      text(svg, LEFT - 8, at + 4, "end", "#555555", 12, label(value));
    }
    text(
        svg,
        (LEFT + WIDTH - RIGHT) / 2.0,
        HEIGHT - 16,
        "middle",
        "#222222",
        13,
        "operations per second");
    svg.append(
        String.format(
            Locale.ROOT,
            "<text transform=\"translate(20 %d) rotate(-90)\" text-anchor=\"middle\""
                + " fill=\"#222222\">median latency, ms</text>%n",
            (TOP + HEIGHT - BOTTOM) / 2));
  }

  private static String label(double value) {
    return value >= 1000 && value % 1000 == 0
        ? String.format(Locale.ROOT, "%.0fk", value / 1000)
        : value >= 1
            ? String.format(Locale.ROOT, "%.0f", value)
            : String.format(Locale.ROOT, "%.3f", value).replaceAll("0+$", "");
  }

  private static void draw(
      StringBuilder svg, Line line, double fromX, double toX, double fromY, double toY) {
    StringBuilder path = new StringBuilder();
    for (Point point : line.points) {
      path.append(
          String.format(
              Locale.ROOT,
              "%s%.1f %.1f ",
              path.length() == 0 ? "M" : "L",
              x(point.throughput, fromX, toX),
              y(point.millis, fromY, toY)));
    }
    svg.append(
        String.format(
            Locale.ROOT,
            "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s/>%n",
            path.toString().strip(),
            COLORS[line.color],
            dashes(line)));
    for (Point point : line.points) {
      double atX = x(point.throughput, fromX, toX);
      double atY = y(point.millis, fromY, toY);
      svg.append(
          String.format(
              Locale.ROOT,
              "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\"/>%n",
              atX,
              atY,
              COLORS[line.color]));
      text(svg, atX + 6, atY - 6, "start", COLORS[line.color], 10, point.label);
    }
  }

  private static String dashes(Line line) {
    return line.dashed ? " stroke-dasharray=\"6 4\"" : "";
  }

  private static void legend(StringBuilder svg, Line line, int place) {
    int top = TOP + 10 + 22 * place;
    int left = WIDTH - RIGHT + 16;
    svg.append(
        String.format(
            Locale.ROOT,
            "<path d=\"M%d %d h30\" stroke=\"%s\" stroke-width=\"2\"%s/>%n",
            left,
            top,
            COLORS[line.color],
            dashes(line)));
    text(svg, left + 38, top + 4, "start", "#222222", 12, line.name);
  }

  private static void stroke(StringBuilder svg, double x1, double y1, double x2, double y2) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<path d=\"M%.1f %.1f L%.1f %.1f\" stroke=\"#e3e3e3\"/>%n",
            x1,
            y1,
            x2,
            y2));
  }

  /** Texts are words of ours and numbers: there is nothing to escape. */
  private static void text(
      StringBuilder svg, double x, double y, String anchor, String color, int size, String text) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\" font-size=\"%d\">%s</text>%n",
            x,
            y,
            anchor,
            color,
            size,
            text));
  }
}
