package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class ChartTest {
  private static final Chart CHART =
      new Chart(
          new double[] {800, 400, 0, 100},
          0.5,
          List.of(new Chart.Event(0.6, "a fall"), new Chart.Event(1.6, "a <rise>")));

  @Test
  void drawsBlocksAndMarksEvents() {
    String[] lines = CHART.text(80, true).split("\n");
    assertThat(lines[0]).isEqualTo("  800/s █   ");
    assertThat(lines[4]).isEqualTo("        ██  ");
    assertThat(lines[7]).isEqualTo("      0 ██ █");
    assertThat(lines[8]).isEqualTo("        ─A─B");
    assertThat(lines[9]).contains("A").contains("0.6 s").endsWith("a fall");
  }

  @Test
  void fitsNarrowTerminalsWithoutUnicode() {
    double[] many = new double[400];
    java.util.Arrays.fill(many, 5);
    String text = new Chart(many, 0.5, List.of()).text(60, false);
    assertThat(text.lines()).allMatch(line -> line.length() <= 60);
    assertThat(text).matches("\\p{ASCII}*").contains("#");
  }

  @Test
  void pictureIsWellFormed() throws Exception {
    String svg = CHART.svg("a & b");
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(svg)));
    assertThat(document.getDocumentElement().getTextContent()).contains("a & b", "a <rise>");
  }
}
