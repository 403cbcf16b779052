package dev.lockstep.sql.tests.consumers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.persistence.CascadeType;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OptimisticLockException;
import jakarta.persistence.OrderBy;
import jakarta.persistence.Version;
import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.junit.jupiter.api.Tag;

@Tag("slow")
class HibernateTest {

  @Entity(name = "Author")
  static class Author {
    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    Long id;

    @Column(nullable = false, length = 60)
    String name;

    @Version int version;

    @OneToMany(mappedBy = "author", cascade = CascadeType.ALL)
    @OrderBy("title")
    List<Paper> papers = new ArrayList<>();
  }

  @Entity(name = "Paper")
  static class Paper {
    @Id Long id;
    String title;
    BigDecimal score;
    LocalDateTime written;
    byte[] text;
    @ManyToOne Author author;
  }

  private static Paper paper(Author author, long id, String title, String score) {
    Paper paper = new Paper();
    paper.id = id;
    paper.title = title;
    paper.score = new BigDecimal(score);
    paper.written = LocalDateTime.of(1999, 2, 22, 12, 30);
    paper.text = new byte[] {1, 2, 3};
    paper.author = author;
    author.papers.add(paper);
    return paper;
  }

  private static SessionFactory start(String url) {
    return new Configuration()
        .addAnnotatedClass(Author.class)
        .addAnnotatedClass(Paper.class)
        .setProperty("hibernate.connection.url", url)
        .setProperty("hibernate.connection.pool_size", "4")
        .setProperty("hibernate.jdbc.batch_size", "10")
        .setProperty("hibernate.hbm2ddl.auto", "update")
        .buildSessionFactory();
  }

  @ConsumerTest
  void objectsAreStored(String kind, String url) throws Exception {
    Databases.empty(url);
    try (SessionFactory factory = start(url)) {
      Long id =
          factory.fromTransaction(
              session -> {
                Author author = new Author();
                author.name = "Barbara";
                paper(author, 1, "PBFT", "9.5");
                paper(author, 2, "Clu", "9.0");
                session.persist(author);
                return author.id;
              });
      factory.inTransaction(
          session -> {
            Author author = session.find(Author.class, id);
            assertThat(author.papers)
                .extracting(paper -> paper.title)
                .containsExactly("Clu", "PBFT");
            Paper paper = author.papers.get(1);
            assertThat(paper.score).isEqualByComparingTo("9.5");
            assertThat(paper.written).isEqualTo(LocalDateTime.of(1999, 2, 22, 12, 30));
            assertThat(paper.text).containsExactly(1, 2, 3);
            author.name = "Barbara L.";
          });
      BigDecimal sum =
          factory.fromSession(
              session ->
                  session
                      .createQuery(
                          "select sum(p.score) from Paper p where p.author.name like :name",
                          BigDecimal.class)
                      .setParameter("name", "Barbara%")
                      .getSingleResult());
      assertThat(sum).isEqualByComparingTo("18.5");
      secondWriterIsRefused(factory, id);
    }
    // A second start finds the tables that it needs.
    start(url).close();
  }

  private static void secondWriterIsRefused(SessionFactory factory, Long id) {
    try (Session first = factory.openSession();
        Session second = factory.openSession()) {
      Author one = first.find(Author.class, id);
      Author two = second.find(Author.class, id);
      first.beginTransaction();
      one.name = "first";
      first.getTransaction().commit();
      second.beginTransaction();
      two.name = "second";
      assertThatThrownBy(() -> second.getTransaction().commit())
          .isInstanceOf(OptimisticLockException.class);
    }
  }
}
