// The part of GoTrue's admin API that the lite server lacks and the dashboard
// needs: invite, make, read, change and delete users. Secret key only, as on the
// hosted service; paths, fields and answers are GoTrue's.
import { timingSafeEqual, randomUUID } from "node:crypto";
import bcrypt from "bcryptjs";

const COLUMNS = [
  "id", "aud", "role", "email", "email_confirmed_at", "last_sign_in_at",
  "raw_app_meta_data", "raw_user_meta_data", "banned_until", "created_at", "updated_at",
];

function answer(status, body) {
  return Response.json(body, { status });
}

function refuse(status, code, message, details = {}) {
  return answer(status, { code: status, error_code: code, msg: message, ...details });
}

function sameKey(given, expected) {
  const a = Buffer.from(given ?? "");
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

function toUser(row) {
  const { raw_app_meta_data, raw_user_meta_data, ...rest } = row;
  const asObject = (value) => (typeof value === "string" ? JSON.parse(value) : value) ?? {};
  return {
    ...rest,
    app_metadata: asObject(raw_app_meta_data),
    user_metadata: asObject(raw_user_meta_data),
    identities: [],
  };
}

// `passwordCost` is bcrypt's; `sendInvitation(email, target, data)` answers with the lite server's
// response.
export function adminUsers(sql, secretKey, passwordCost, sendInvitation) {
  const TAKEN = "A user with this email address has already been registered";

  function addressIn(body) {
    const email = String(body.email ?? "").trim().toLowerCase();
    return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) ? email : null;
  }

  async function add(email, passwordHash, confirmedAt, metaData) {
    const id = randomUUID();
    await sql.begin(async (tx) => {
      await tx`insert into auth.users (id, email, encrypted_password, email_confirmed_at,
                 raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
               values (${id}, ${email}, ${passwordHash}, ${confirmedAt},
                 ${JSON.stringify({ provider: "email", providers: ["email"] })}::text::jsonb,
                 ${JSON.stringify(metaData ?? {})}::text::jsonb, now(), now())`;
      await tx`insert into auth.identities (id, user_id, provider, provider_id, identity_data, created_at, updated_at)
               values (${randomUUID()}, ${id}, 'email', ${id},
                 ${JSON.stringify({ sub: id, email })}::text::jsonb, now(), now())`;
    });
    return id;
  }

  // Once more for who was invited before and never came, as GoTrue does.
  async function invite(body, target) {
    const email = addressIn(body);
    if (!email) return refuse(422, "validation_failed", "email: not an e-mail address");
    const [known] = await sql`select id, email_confirmed_at from auth.users where lower(email) = ${email}`;
    if (known?.email_confirmed_at) return refuse(422, "email_exists", TAKEN);
    const id = known?.id ?? (await add(email, null, null, body.data));
    const sent = await sendInvitation(email, target, body.data ?? {});
    if (!sent.ok) {
      // GoTrue makes the user and sends the mail in one transaction.
      if (!known) await remove(id);
      return refuse(500, "unexpected_failure", "Error sending invite email");
    }
    await sql`update auth.users set invited_at = now() where id = ${id}`;
    return read(id);
  }

  async function create(body) {
    const email = addressIn(body);
    if (!email) return refuse(422, "validation_failed", "email: not an e-mail address");
    if (typeof body.password !== "string" || body.password.length < 8) {
      const details = { weak_password: { reasons: ["length"] } };
      return refuse(422, "weak_password", "password: at least 8 characters", details);
    }
    const taken = await sql`select 1 from auth.users where lower(email) = ${email}`;
    if (taken.length) return refuse(422, "email_exists", TAKEN);
    const hash = await bcrypt.hash(body.password, passwordCost);
    const confirmed = body.email_confirm ? new Date().toISOString() : null;
    const id = await add(email, hash, confirmed, body.user_metadata);
    return read(id);
  }

  async function list(query) {
    const wholeNumber = (text, otherwise) => Math.max(1, Number.parseInt(text ?? "", 10) || otherwise);
    const perPage = Math.min(wholeNumber(query.get("per_page"), 50), 1000);
    const skipped = (wholeNumber(query.get("page"), 1) - 1) * perPage;
    const rows = await sql`select ${sql(COLUMNS)} from auth.users
                           order by created_at, id limit ${perPage} offset ${skipped}`;
    return answer(200, { users: rows.map(toUser), aud: "authenticated" });
  }

  async function read(id) {
    const [row] = await sql`select ${sql(COLUMNS)} from auth.users where id = ${id}`;
    return row ? answer(200, toUser(row)) : refuse(404, "user_not_found", "User not found");
  }

  async function change(id, body) {
    if (body.password !== undefined) {
      const hash = await bcrypt.hash(String(body.password), passwordCost);
      await sql`update auth.users set encrypted_password = ${hash}, updated_at = now() where id = ${id}`;
    }
    return read(id);
  }

  async function remove(id) {
    await sql`delete from auth.users where id = ${id}`;
    return answer(200, {});
  }

  async function route(request, pathname) {
    if (!sameKey(request.headers.get("apikey"), secretKey)) {
      return refuse(401, "no_authorization", "The admin API takes the secret key only");
    }
    if (pathname === "/auth/v1/invite") {
      if (request.method !== "POST") return refuse(405, "method_not_allowed", "Method not allowed");
      const target = new URL(request.url).searchParams.get("redirect_to");
      return invite(await request.json(), target);
    }
    const found = pathname.match(/^\/auth\/v1\/admin\/users(?:\/([0-9a-f-]{36}))?$/);
    if (!found) return refuse(404, "not_found", "No such admin endpoint");
    const [, id] = found;
    const body = ["POST", "PUT"].includes(request.method) ? await request.json() : {};
    if (!id && request.method === "POST") return create(body);
    if (!id && request.method === "GET") return list(new URL(request.url).searchParams);
    if (id && request.method === "GET") return read(id);
    if (id && request.method === "PUT") return change(id, body);
    if (id && request.method === "DELETE") return remove(id);
    return refuse(405, "method_not_allowed", "Method not allowed");
  }

  return async function answerAdmin(request, pathname) {
    try {
      return await route(request, pathname);
    } catch (error) {
      console.error("admin API:", error.message);
      return refuse(500, "unexpected_failure", "The admin API failed; see the server's log");
    }
  };
}
