package dev.lockstep.sql.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

class BarChartTest {

  @Test
  void barsAreAsHighAsTheirValues() throws Exception {
    BarChart chart = new BarChart("A & B", "per minute", List.of("one", "two"));
    chart.add("first", List.of(50.0, 100.0));
    Document svg =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(chart.toSvg())));
    // The ground, two bars, the legend.
    assertThat(svg.getElementsByTagName("rect").getLength()).isEqualTo(4);
    double low = height(svg, 1);
    double high = height(svg, 2);
    assertThat(high / low).isBetween(1.99, 2.01);
    assertThat(svg.getDocumentElement().getTextContent()).contains("A & B", "per minute", "two");
  }

  private static double height(Document svg, int rectangle) {
    Element element = (Element) svg.getElementsByTagName("rect").item(rectangle);
    return Double.parseDouble(element.getAttribute("height"));
  }

  @Test
  void everyGroupHasEachBar() {
    BarChart chart = new BarChart("", "", List.of("one", "two"));
    assertThatThrownBy(() -> chart.add("first", List.of(1.0)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
