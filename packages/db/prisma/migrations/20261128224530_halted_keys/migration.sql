-- Whether the account of a key above a key is disabled, or of one that it was made with: what dies with a key is refused with it. A
-- function, since it is planned once a connection, and not with each look-up of a key.
CREATE FUNCTION api_key_is_halted(parent_key_id uuid, made_with_key_id uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
begin
  return exists (
    with recursive above as (
      select a.parent_key_id as parent, a.made_with_key_id as made_with, a.service_account_id from api_key a
      where a.id = any (array[$1, $2])
      union
      select a.parent_key_id, a.made_with_key_id, a.service_account_id
      from above x join api_key a on a.id = any (array[x.parent, x.made_with])
    )
    select from above join service_account s on s.id = above.service_account_id where s.disabled_at is not null
  );
end $$;
