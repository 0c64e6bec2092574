/** The schema that moves, the one that stays on the source, and the one that lives on the target. */
export const movedSchema = 'orders'
export const sourceSchema = 'billing'
export const targetSchema = 'stock'

/**
 * Tables of the moved schema, parents first. Between them they have what makes moving data hard: text keys chosen by
 * clients, AUTO_INCREMENT, foreign keys, several unique keys, exact decimals, microseconds, JSON, emoji, binary data.
 */
export const ordersSchema: readonly string[] = [
  'CREATE DATABASE orders',
  `CREATE TABLE orders.orders (
    id VARCHAR(64) NOT NULL,
    seq BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    customer VARCHAR(120) NOT NULL,
    item VARCHAR(120) NOT NULL,
    quantity INT NOT NULL,
    price DECIMAL(12,2) NOT NULL,
    status ENUM('open', 'paid', 'shipped', 'cancelled') NOT NULL DEFAULT 'open',
    note TEXT NULL,
    attributes JSON NULL,
    created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    updated_at TIMESTAMP(3) NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP(3),
    PRIMARY KEY (id),
    UNIQUE KEY orders_seq (seq),
    KEY orders_customer (customer, created_at)
  )`,
  `CREATE TABLE orders.order_lines (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    order_id VARCHAR(64) NOT NULL,
    line_no SMALLINT UNSIGNED NOT NULL,
    sku CHAR(12) NOT NULL,
    amount DECIMAL(18,6) NOT NULL,
    weight DOUBLE NULL,
    gift BIT(1) NOT NULL DEFAULT b'0',
    PRIMARY KEY (id),
    UNIQUE KEY order_lines_line (order_id, line_no),
    CONSTRAINT order_lines_order FOREIGN KEY (order_id) REFERENCES orders.orders (id)
  )`,
  `CREATE TABLE orders.order_files (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT,
    order_id VARCHAR(64) NOT NULL,
    name VARCHAR(120) NOT NULL,
    digest BINARY(32) NOT NULL,
    content BLOB NOT NULL,
    taken_on DATE NULL,
    PRIMARY KEY (id),
    UNIQUE KEY order_files_name (order_id, name),
    CONSTRAINT order_files_order FOREIGN KEY (order_id) REFERENCES orders.orders (id)
  )`,
  `CREATE TABLE orders.order_tags (
    order_id VARCHAR(64) NOT NULL,
    tag VARCHAR(40) NOT NULL,
    coupon CHAR(16) NULL,
    PRIMARY KEY (order_id, tag),
    UNIQUE KEY order_tags_coupon (coupon),
    CONSTRAINT order_tags_order FOREIGN KEY (order_id) REFERENCES orders.orders (id)
  )`,
]

/** Belongs to a second service on the source and never moves. */
export const billingSchema: readonly string[] = [
  'CREATE DATABASE billing',
  `CREATE TABLE billing.invoices (
    id VARCHAR(64) NOT NULL,
    customer VARCHAR(120) NOT NULL,
    amount DECIMAL(12,2) NOT NULL,
    created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (id)
  )`,
]

/** Belongs to a service that already lives on the target. */
export const stockSchema: readonly string[] = [
  'CREATE DATABASE stock',
  `CREATE TABLE stock.movements (
    id VARCHAR(64) NOT NULL,
    item VARCHAR(120) NOT NULL,
    quantity INT NOT NULL,
    created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (id)
  )`,
]
