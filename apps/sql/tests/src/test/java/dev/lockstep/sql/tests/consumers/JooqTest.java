package dev.lockstep.sql.tests.consumers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jooq.impl.DSL.constraint;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.sum;
import static org.jooq.impl.DSL.table;

import java.math.BigDecimal;
import java.sql.Connection;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Meta;
import org.jooq.Record;
import org.jooq.Result;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Tag;

@Tag("slow")
class JooqTest {
  private static final Table<Record> ITEM = table(name("item"));
  private static final Field<Integer> ID = field(name("id"), SQLDataType.INTEGER);
  private static final Field<String> NAME = field(name("name"), SQLDataType.VARCHAR(40));
  private static final Field<BigDecimal> PRICE = field(name("price"), SQLDataType.NUMERIC(10, 2));

  @ConsumerTest
  void queriesAreBuilt(String kind, String url) throws Exception {
    Databases.empty(url);
    try (Connection connection = Sources.of(url).getConnection()) {
      DSLContext dsl = DSL.using(connection);
      dsl.createTable(ITEM)
          .column(ID)
          .column(NAME)
          .column(PRICE)
          .constraints(constraint("item_key").primaryKey(ID))
          .execute();
      dsl.transaction(
          outer -> {
            outer
                .dsl()
                .insertInto(ITEM, ID, NAME, PRICE)
                .values(1, "saw", new BigDecimal("12.50"))
                .values(2, "hammer", new BigDecimal("7.25"))
                .execute();
            // A transaction within a transaction is a savepoint.
            assertThatThrownBy(
                    () ->
                        outer
                            .dsl()
                            .transaction(
                                inner -> {
                                  inner.dsl().deleteFrom(ITEM).execute();
                                  throw new IllegalStateException("changed my mind");
                                }))
                .isInstanceOf(IllegalStateException.class);
            outer
                .dsl()
                .update(ITEM)
                .set(PRICE, PRICE.add(BigDecimal.ONE))
                .where(ID.eq(2))
                .execute();
          });
      Result<Record> rows = dsl.select().from(ITEM).orderBy(ID).fetch();
      assertThat(rows.getValues(NAME)).containsExactly("saw", "hammer");
      assertThat(dsl.select(sum(PRICE)).from(ITEM).fetchOne(0, BigDecimal.class))
          .isEqualByComparingTo("20.75");
      assertThat(
              dsl.batch(dsl.insertInto(ITEM, ID, NAME).values((Integer) null, null))
                  .bind(3, "nail")
                  .bind(4, "screw")
                  .execute())
          .containsExactly(1, 1);
      Meta meta = dsl.meta();
      assertThat(meta.getTables("item")).hasSize(1);
      assertThat(meta.getTables("item").get(0).fields()).hasSize(3);
    }
  }
}
