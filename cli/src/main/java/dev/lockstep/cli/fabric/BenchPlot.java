package dev.lockstep.cli.fabric;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Throughputs as bars. */
final class BenchPlot {
  private static final int BAR = 60;
  private static final int GAP = 30;
  private static final int TALL = 240;
  private static final int LEFT = 20;
  private static final int TOP = 50;
  private static final int BOTTOM = 60;

  private BenchPlot() {}

  /** Writes an SVG with one bar for each measurement. */
  static void write(Path file, String channel, List<Map<String, Object>> rows) throws IOException {
    double top =
        rows.stream()
            .mapToDouble(row -> ((Number) row.get("envelopesPerSecond")).doubleValue())
            .max()
            .orElse(1);
    int width = Math.max(420, LEFT + rows.size() * (BAR + GAP) + GAP);
    int height = TOP + TALL + BOTTOM;
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                + " font-family=\"sans-serif\" font-size=\"12\">%n"
                + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
            width, height));
    text(svg, LEFT, 20, "start", "envelopes per second, channel " + channel);
    for (int i = 0; i < rows.size(); i++) {
      Map<String, Object> row = rows.get(i);
      double rate = ((Number) row.get("envelopesPerSecond")).doubleValue();
      int tall = (int) Math.round(TALL * rate / Math.max(1, top));
      int x = LEFT + GAP + i * (BAR + GAP);
      int y = TOP + TALL - tall;
      svg.append(
          String.format(
              "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#3b6ea5\"/>%n",
              x, y, BAR, tall));
      text(svg, x + BAR / 2, y - 6, "middle", String.format(Locale.ROOT, "%,.0f", rate));
      text(svg, x + BAR / 2, TOP + TALL + 18, "middle", row.get("dataBytes") + " B");
      text(svg, x + BAR / 2, TOP + TALL + 34, "middle", "to " + row.get("receivers"));
    }
    svg.append("</svg>\n");
    Files.writeString(file, svg.toString());
  }

  private static void text(StringBuilder svg, int x, int y, String anchor, String text) {
    svg.append(
        String.format(
            "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>%n", x, y, anchor, text));
  }
}
